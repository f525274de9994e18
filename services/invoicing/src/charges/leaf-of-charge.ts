import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { canonicalQuantity } from '@farthing/domain/metering/quantity';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros, type Micros } from '@farthing/domain/period/micros';
import type { ChargeLeaf } from '@farthing/domain/proof/charge-leaf';
import { sha256 } from '@farthing/domain/proof/merkle-tree';
import { chargeId } from '@farthing/domain/rating/charge-id';
import { chargeKindName } from './charge-kind-name.js';

/** Where the charge's message comes from, and what its customer's data hashes are salted with. */
export interface LeafSurroundings {
  readonly generation: number;
  readonly partition: number;
  /** 32 bytes, the same for all of a customer's leaves. */
  readonly salt: Uint8Array;
}

/**
 * The leaf of a charge: a function of the rated message and the customer's stored salt, so a message that comes again
 * gives the same bytes.
 */
export function leafOfCharge(
  charge: RatedCharge,
  { generation, partition, salt }: LeafSurroundings,
): ChargeLeaf {
  const { offset, index, n, bodyHash } = charge;
  return {
    v: 1,
    id: chargeId({ generation, partition, offset, index, n }),
    tenant: charge.tenant,
    customer: charge.customer,
    currency: charge.currency,
    kind: chargeKindName(charge.kind),
    ...(charge.corrects === '' ? {} : { corrects: charge.corrects }),
    ...(charge.eventId === '' ? {} : eventOf(charge)),
    meter: charge.meter,
    price: charge.price,
    priceVersion: charge.priceVersion,
    ...(charge.cell === '' ? {} : { cell: cellFromText(charge.cell) }),
    usageFrom: instant(charge.usageFrom),
    usageTo: instant(charge.usageTo),
    bookingFrom: instant(charge.bookingFrom),
    bookingTo: instant(charge.bookingTo),
    quantityBefore: canonicalQuantity(charge.quantityBefore),
    quantityAfter: canonicalQuantity(charge.quantityAfter),
    ...(charge.pricedBefore && beforeIt(charge.pricedBefore)),
    amount: formatNanos(charge.amountNanos),
    ...(charge.quoteDifferenceNanos === 0n
      ? {}
      : { quoteDifference: formatNanos(charge.quoteDifferenceNanos) }),
    shares: charge.shares.map(({ creator, amountNanos }) => ({
      creator,
      amount: formatNanos(amountNanos),
    })),
    ...(bodyHash.some((byte) => byte !== 0)
      ? { dataHash: Buffer.from(sha256(salt, bodyHash)).toString('hex') }
      : {}),
  };
}

/** The dimension values of a cell from their canonical JSON; none for ''. */
export function cellFromText(text: string): Record<string, string> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}

function eventOf({ source, eventId, type, occurredAt }: RatedCharge) {
  return { source, event: eventId, type, occurredAt: instant(occurredAt) };
}

function beforeIt({ events, amount }: NonNullable<RatedCharge['pricedBefore']>) {
  return { eventsBefore: events, amountBefore: formatNanos(amount) };
}

const texts = new Map<Micros, string>();

/** Bounds of periods repeat in every leaf, and formatting one costs as much as hashing it. */
function instant(micros: Micros): string {
  const known = texts.get(micros);
  if (known !== undefined) return known;
  const text = formatMicros(micros);
  if (texts.size >= 10_000) texts.clear();
  texts.set(micros, text);
  return text;
}
