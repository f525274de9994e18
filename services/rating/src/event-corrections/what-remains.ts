import { eventIdentity, type LatestMark } from '@farthing/domain/metering/latest-reading';
import type { Aggregation } from '@farthing/domain/metering/meter';
import { ONE, type Quantity } from '@farthing/domain/metering/quantity';
import type { Accumulator } from '@farthing/domain/rating/accumulator';
import type { ChargeGroup } from './charge-groups.js';
import type { CorrectionReadings } from './correction-readings.js';
import type { KeptReading } from './kept-readings.repository.js';
import { valueOfPart } from './value-part.js';

/** What other events make of an accumulator. */
export interface Remains {
  readonly rest: Quantity;
  /** Of a meter of the latest reading: which event stands. */
  readonly latest: LatestMark | undefined;
  /** Of a meter of distinct values: the digest of one that no other event used. */
  readonly forgotten: string | undefined;
}

/** What stays when what an event came to in a group goes: all, where that was taken back before or counts for nothing. */
export function whatRemains(
  { quantity, latest }: Accumulator,
  { charge, moved, stands }: ChargeGroup,
  facts: { readonly aggregation: Aggregation; readonly readings: CorrectionReadings },
): Remains {
  const { aggregation, readings } = facts;
  const all = { rest: quantity, latest, forgotten: undefined };
  if (aggregation === 'count' || aggregation === 'sum') return { ...all, rest: quantity - moved };
  const cell = charge.cell ?? '';
  const isHere = (kept: KeptReading) =>
    kept.price === charge.price && kept.usageFrom === Number(charge.usage_from);
  const cellOf = ({ part }: KeptReading) =>
    aggregation === 'unique' ? valueOfPart(part).cell : part;
  const own = readings.own.find((kept) => isHere(kept) && cellOf(kept) === cell);
  if (!own || !stands) return all;
  const others = readings.others.filter((kept) => isHere(kept) && kept.part === own.part);
  switch (aggregation) {
    case 'max':
      return { ...all, rest: greatestOf(others) };
    case 'unique':
      if (others.length > 0) return all;
      return { ...all, rest: quantity - ONE, forgotten: valueOfPart(own.part).digest };
    case 'latest': {
      if (latest?.identity !== eventIdentity(charge.source, charge.event_id)) return all;
      const other = readings.latestOthers.get(own);
      return { ...all, rest: other?.quantity ?? 0n, latest: other?.mark };
    }
  }
}

function greatestOf(readings: readonly KeptReading[]): Quantity {
  return readings.reduce(
    (greatest, { quantity }) => (quantity > greatest ? quantity : greatest),
    0n,
  );
}
