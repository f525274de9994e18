import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { buildLevels, leafHash, sha256, type Hash } from '@farthing/domain/proof/merkle-tree';
import type { Statement } from '@farthing/domain/proof/statement';
import { treeToBytes } from '@farthing/domain/proof/tree-bytes';
import {
  statementOfCharges,
  type StatementFacts,
} from '@farthing/domain/statement/statement-of-charges';

export interface StatementToSeal extends Omit<StatementFacts, 'root'> {
  readonly statement: string;
  /** In the order of the leaves. */
  readonly leafHashes: readonly Hash[];
}

export interface SealedStatement {
  readonly statement: Statement;
  readonly canonical: string;
  readonly root: Hash;
  /** SHA-256 of the canonical bytes. */
  readonly hash: Hash;
  /** Leaf of the run's tree. */
  readonly leafHash: Hash;
  /** Every level, leaves first. */
  readonly tree: Buffer;
}

/** A function of the leaves and of the statement before: which run seals it does not enter its bytes. */
export function sealStatement(toSeal: StatementToSeal): SealedStatement {
  const { charges, leafHashes } = toSeal;
  if (leafHashes.length !== charges) {
    throw new Error(`${toSeal.statement} has ${leafHashes.length} leaves for ${charges} charges`);
  }
  const levels = buildLevels(leafHashes);
  const root = levels.at(-1)?.[0] ?? sha256();
  const statement = statementOfCharges({ ...toSeal, root });
  const canonical = canonicalJson({ ...statement });
  const bytes = Buffer.from(canonical);
  return {
    statement,
    canonical,
    root,
    hash: sha256(bytes),
    leafHash: leafHash(bytes),
    tree: treeToBytes(levels),
  };
}
