import { canonicalQuantity } from '../metering/quantity.js';
import { formatNanos, type Nanos } from '../money/nanos.js';
import { formatMicros, type Micros } from '../period/micros.js';
import type { ChargeKind, ChargeLeaf } from '../proof/charge-leaf.js';
import { sha256 } from '../proof/merkle-tree.js';
import { chargeId } from '../rating/charge-id.js';

/**
 * What a leaf says of a charge, as rating publishes it. '' stands for an absent text; quantities are
 * units of 10^-9.
 */
export interface ChargeInStatement {
  readonly offset: bigint;
  readonly index: number;
  readonly n: number;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly corrects: string;
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly meter: string;
  readonly price: string;
  readonly priceVersion: number;
  /** Canonical JSON of the dimension values. */
  readonly cell: string;
  readonly occurredAt: Micros;
  readonly usageFrom: Micros;
  readonly usageTo: Micros;
  readonly bookingFrom: Micros;
  readonly bookingTo: Micros;
  readonly quantityBefore: bigint;
  readonly quantityAfter: bigint;
  readonly amountNanos: Nanos;
  readonly quoteDifferenceNanos: Nanos;
  /** 32 bytes; zeros when the charge has no event. */
  readonly bodyHash: Uint8Array;
  readonly pricedBefore?: { readonly events: number; readonly amount: Nanos } | undefined;
  readonly shares: readonly { readonly creator: string; readonly amountNanos: Nanos }[];
}

export interface LeafSurroundings {
  /** Where the charge's event is, with the charge's own offset and index. */
  readonly generation: number;
  readonly partition: number;
  readonly kind: ChargeKind;
  /** Of the customer's data hashes: 32 bytes, the same for all of its leaves. */
  readonly salt: Uint8Array;
}

/** The leaf of a charge: a function of what is given, so a charge that is made again gives the same bytes. */
export function leafOfCharge(
  charge: ChargeInStatement,
  { generation, partition, kind, salt }: LeafSurroundings,
): ChargeLeaf {
  const { offset, index, n, bodyHash } = charge;
  return {
    v: 1,
    id: chargeId({ generation, partition, offset, index, n }),
    tenant: charge.tenant,
    customer: charge.customer,
    currency: charge.currency,
    kind,
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

function eventOf({ source, eventId, type, occurredAt }: ChargeInStatement) {
  return { source, event: eventId, type, occurredAt: instant(occurredAt) };
}

function beforeIt({ events, amount }: NonNullable<ChargeInStatement['pricedBefore']>) {
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
