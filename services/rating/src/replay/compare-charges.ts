import type { ChargeOrigin } from '@farthing/domain/rating/charge-id';
import type { ComparedCharge } from './compared-charges.repository.js';
import { LookAhead } from './look-ahead.js';

type Columns = ComparedCharge['columns'];

export interface ChargeDifference {
  readonly charge: string;
  /** `missing` is not stored, though it follows from the log; `extra` is stored and does not follow from it. */
  readonly what: 'differing' | 'missing' | 'extra';
  /** The columns that differ; none when one side has no such charge. */
  readonly columns: readonly string[];
  readonly stored?: Columns;
  readonly replayed?: Columns;
}

export interface Comparison {
  readonly stored: number;
  readonly replayed: number;
  readonly identical: number;
  readonly differing: number;
  readonly missing: number;
  readonly extra: number;
  /** The first by position. */
  readonly first: readonly ChargeDifference[];
}

const SHOWN = 20;

/** Walks through both in step; each comes in the order of positions. */
export async function compareCharges(
  stored: AsyncIterator<ComparedCharge>,
  replayed: AsyncIterator<ComparedCharge>,
): Promise<Comparison> {
  const counts = { stored: 0, replayed: 0, identical: 0, differing: 0, missing: 0, extra: 0 };
  const first: ChargeDifference[] = [];
  const a = await LookAhead.of(stored);
  const b = await LookAhead.of(replayed);
  while (a.next || b.next) {
    const order = a.next && b.next ? compareOrigins(a.next.origin, b.next.origin) : a.next ? -1 : 1;
    const ofStored = order <= 0 ? a.next : undefined;
    const ofReplayed = order >= 0 ? b.next : undefined;
    const difference = differenceOf(ofStored, ofReplayed);
    counts[difference?.what ?? 'identical'] += 1;
    if (difference && first.length < SHOWN) first.push(difference);
    if (ofStored) {
      counts.stored += 1;
      await a.take();
    }
    if (ofReplayed) {
      counts.replayed += 1;
      await b.take();
    }
  }
  return { ...counts, first };
}

function differenceOf(
  stored: ComparedCharge | undefined,
  replayed: ComparedCharge | undefined,
): ChargeDifference | undefined {
  if (stored && replayed) {
    const columns = Object.keys(stored.columns).filter(
      (name) => stored.columns[name] !== replayed.columns[name],
    );
    if (columns.length === 0) return undefined;
    const both = { stored: stored.columns, replayed: replayed.columns };
    return { charge: stored.id, what: 'differing', columns, ...both };
  }
  if (stored) return { charge: stored.id, what: 'extra', columns: [], stored: stored.columns };
  return {
    charge: replayed!.id,
    what: 'missing',
    columns: [],
    replayed: replayed!.columns,
  };
}

export function compareOrigins(a: ChargeOrigin, b: ChargeOrigin): number {
  if (a.generation !== b.generation) return a.generation - b.generation;
  if (a.partition !== b.partition) return a.partition - b.partition;
  if (a.offset !== b.offset) return a.offset < b.offset ? -1 : 1;
  return a.index === b.index ? a.n - b.n : a.index - b.index;
}
