import type { Nanos } from '@farthing/domain/money/nanos';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros, type Micros } from '@farthing/domain/period/micros';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { buildLevels, leafHash, sha256, type Hash } from '@farthing/domain/proof/merkle-tree';
import type { Statement } from '@farthing/domain/proof/statement';
import { treeToBytes } from './tree-bytes.js';

export interface StatementToSeal {
  readonly tenant: string;
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly charges: number;
  readonly sumNanos: Nanos;
  /** In the order of the leaves. */
  readonly leafHashes: readonly Hash[];
  /** Hex of the hash of the customer's statement before it in this currency; '' for the first. */
  readonly previous: string;
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
  const { tenant, customer, currency, charges, leafHashes, previous } = toSeal;
  if (leafHashes.length !== charges) {
    throw new Error(`${toSeal.statement} has ${leafHashes.length} leaves for ${charges} charges`);
  }
  const levels = buildLevels(leafHashes);
  const root = levels.at(-1)?.[0] ?? sha256();
  const statement: Statement = {
    v: 1,
    id: toSeal.statement,
    tenant,
    customer,
    currency,
    from: formatMicros(toSeal.from),
    to: formatMicros(toSeal.to),
    charges,
    sum: formatNanos(toSeal.sumNanos),
    root: Buffer.from(root).toString('hex'),
    previous,
  };
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
