import { formatNanos } from '@farthing/domain/money/nanos';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { rootFromPath, type Hash } from '@farthing/domain/proof/merkle-tree';
import { statementHash, statementLeafHash, type Statement } from '@farthing/domain/proof/statement';
import { chargeId } from '@farthing/domain/rating/charge-id';
import { compareOrigins } from './compare-charges.js';
import type { SealedLeaf, SealedStatement } from './sealed-statements.repository.js';

/** What differs first, with both texts; one is absent where that side has nothing. */
export interface Disagreement {
  /**
   * `missing`: it follows from the log and is not stored. `salt`: that of the customer is not stored, so its leaves
   * cannot be made again. `leaf`: a charge's text, `position` and `leaf_hash`: what is stored beside it. `charges` and
   * `sum`, `root`, `bytes` and their `hash`: of the statement. `run`: it is not in the signed tree of its run.
   */
  readonly what:
    | 'missing'
    | 'salt'
    | 'leaf'
    | 'position'
    | 'leaf_hash'
    | 'charges'
    | 'sum'
    | 'root'
    | 'bytes'
    | 'hash'
    | 'run';
  /** Whose leaf it is. */
  readonly charge?: string;
  readonly stored?: string;
  readonly replayed?: string;
}

/** A leaf that was made again, at its place in the list. */
export type MadeLeaf = Omit<SealedLeaf, 'hash'> & { readonly hash: Hash };

export function leafDisagreement(
  stored: SealedLeaf | undefined,
  made: MadeLeaf,
): Disagreement | undefined {
  const charge = chargeId(made.origin);
  if (stored?.place !== made.place) return { what: 'leaf', charge, replayed: made.leaf };
  const order = compareOrigins(stored.origin, made.origin);
  if (stored.leaf !== made.leaf) {
    // One list has a charge more than the other: that is the earlier of the two.
    const of = order < 0 ? chargeId(stored.origin) : charge;
    return { what: 'leaf', charge: of, stored: stored.leaf, replayed: made.leaf };
  }
  if (order !== 0) {
    return { what: 'position', charge, stored: chargeId(stored.origin), replayed: charge };
  }
  const hash = hex(made.hash);
  if (stored.hash === hash) return undefined;
  return { what: 'leaf_hash', charge, stored: stored.hash, replayed: hash };
}

export function ownDisagreement(
  sealed: SealedStatement,
  made: Statement,
): Disagreement | undefined {
  const facts: (readonly [Disagreement['what'], stored: string, replayed: string])[] = [
    ['charges', String(sealed.charges), String(made.charges)],
    ['sum', formatNanos(sealed.sumNanos), made.sum],
    ['root', sealed.root, made.root],
    ['bytes', sealed.canonical, canonicalJson({ ...made })],
    ['hash', sealed.hash, statementHash(made)],
  ];
  const differing = facts.find(([, stored, replayed]) => stored !== replayed);
  if (!differing) return undefined;
  const [what, stored, replayed] = differing;
  return { what, stored, replayed };
}

export function runDisagreement(
  { index, seal }: SealedStatement,
  made: Statement,
  path: readonly Hash[],
): Disagreement | undefined {
  const root = rootFromPath(statementLeafHash(made), { index, size: seal.statements }, path);
  const replayed = root && hex(root);
  if (replayed === seal.root) return undefined;
  return { what: 'run', stored: seal.root, ...(replayed !== undefined && { replayed }) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
