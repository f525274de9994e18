import { formatQuantity } from '@farthing/domain/metering/quantity';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import type { DataSource } from 'typeorm';
import { REFUSALS, type Refusal } from '../rate-batch/refusals.js';
import { sumView } from '../re-ratings/re-rating-views.js';
import { LEFT, NOT_COUNTED, type ComparedEvent, type LeftReason } from './compare-events.js';
import { selectSums, type TenantSumRow } from './found-sums.repository.js';
import type { FoundCounts } from './found-sums.js';
import { selectNotMetered } from './scratch-tables.repository.js';

/** What a comparison found, as it is printed. */
export async function reportOf(
  scratch: DataSource,
  counts: FoundCounts,
  { limit }: { readonly limit: number },
) {
  const { charges, changed, otherwise, notCharged, chargedAnew } = counts;
  const customers = await selectSums(scratch, 'customer', { limit, moved: true });
  const creators = await selectSums(scratch, 'creator', { limit, moved: true });
  const events = await selectNotMetered(scratch);
  return {
    charges,
    changed,
    /** Of those that are changed. */
    kinds: { otherwise, notCharged, chargedAnew },
    prices: (await selectSums(scratch, 'price')).map((row) => ({
      tenant: row.tenant,
      price: row.name,
      ...sumView(row),
    })),
    customers: customers.map((row) => ({
      tenant: row.tenant,
      customer: row.name,
      ...sumView(row),
    })),
    creators: creators.map((row) => ({
      tenant: row.tenant,
      creator: row.name,
      ...sumView(row),
    })),
    notReRated: (await selectSums(scratch, 'left')).map((row) =>
      reasonView(row, LEFT[row.name as LeftReason]),
    ),
    notCharged: (await selectSums(scratch, 'not_charged')).map((row) =>
      reasonView(row, whyNotCharged(row.name)),
    ),
    /** Events that the meters of now refuse, by why, each with the first. */
    notMetered: events.map(({ tenant, code, pointer, events: count, source, event_id: id }) => ({
      tenant,
      code,
      pointer,
      events: Number(count),
      first: { source, id },
    })),
  };
}

/** A charge that would be otherwise, as a line for who writes them all down. */
export function differenceView({ what, stored, fresh, event }: ComparedEvent) {
  const use = (fresh ?? stored)!;
  const [before, after] = [stored?.amount ?? 0n, fresh?.amount ?? 0n];
  return {
    charge: stored?.charge ?? '',
    customer: use.customer,
    price: use.price,
    priceVersion: use.version,
    ...(use.cell === '' ? {} : { cell: JSON.parse(use.cell) as Record<string, string> }),
    usageFrom: formatMicros(use.usageFrom),
    currency: use.currency,
    before: formatNanos(before),
    after: formatNanos(after),
    difference: formatNanos(after - before),
    what,
    quantityBefore: formatQuantity(stored?.quantity ?? 0n),
    quantityAfter: formatQuantity(fresh?.quantity ?? 0n),
    tenant: event.tenant,
    source: event.source,
    event: event.eventId,
  };
}

function reasonView({ name, currency, charges, before }: TenantSumRow, sentence: string) {
  return {
    reason: name,
    sentence,
    currency,
    charges: Number(charges),
    amount: formatNanos(BigInt(before)),
  };
}

function whyNotCharged(code: string): string {
  return code === NOT_COUNTED
    ? 'no meter counts the event any more, or no price of its customer does'
    : REFUSALS[code as Refusal];
}
