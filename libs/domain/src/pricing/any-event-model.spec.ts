import fc from 'fast-check';
import { formatQuantity } from '../metering/quantity.js';
import { mantissaAt } from '../money/decimal.js';
import type { EventModel } from './event-price.js';
import { unitPrice } from './unit-price.js';

const amount = fc.bigInt(0n, 300_000_000_000n).map(formatQuantity);
const rate = fc
  .tuple(fc.nat(150), fc.constantFrom(1, 3, 16), fc.bigInt(0n, 10n ** 16n - 1n))
  .map(([whole, places, digits]) => {
    const fraction = String(digits % 10n ** BigInt(places)).padStart(places, '0');
    return `${whole}.${fraction}`;
  });
const fixed = fc
  .bigInt(0n, 10n ** 18n)
  .map((digits) => `0.${String(digits % 10n ** 18n).padStart(18, '0')}`);

const bounds = fc
  .record({ minimum: amount, maximum: amount }, { requiredKeys: [] })
  .map(({ minimum, maximum }) =>
    minimum !== undefined && maximum !== undefined && exact(minimum) > exact(maximum)
      ? { minimum: maximum, maximum: minimum }
      : { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) },
  );
const freeAmount = fc.option(amount, { nil: undefined });

const percentage: fc.Arbitrary<EventModel> = fc
  .tuple(rate, bounds, fc.option(fixed), fc.option(fc.nat(4)), freeAmount)
  .map(([some, range, fee, freeEvents, free]) => ({
    kind: 'percentage',
    rate: some,
    ...range,
    ...(fee !== null && { fixed: fee }),
    ...(freeEvents !== null && { freeEvents }),
    ...(free !== undefined && { freeAmount: free }),
  }));

const graduated: fc.Arbitrary<EventModel> = fc
  .tuple(
    fc.uniqueArray(fc.bigInt(1n, 400n), { maxLength: 3 }),
    fc.array(fc.tuple(rate, fc.option(fixed)), { minLength: 4, maxLength: 4 }),
    bounds,
    fc.option(fixed),
    freeAmount,
  )
  .map(([uppers, rates, range, fee, free]) => {
    const ascending = uppers.toSorted((a, b) => (a < b ? -1 : 1));
    const tiers = rates.slice(0, ascending.length + 1).map(([some, flatFee], at) => ({
      rate: some,
      ...(flatFee !== null && { flatFee }),
      ...(at < ascending.length && { upTo: String(ascending[at]) }),
    }));
    return {
      kind: 'graduated_percentage',
      tiers,
      ...range,
      ...(fee !== null && { fixed: fee }),
      ...(free !== undefined && { freeAmount: free }),
    };
  });

const onEvent: fc.Arbitrary<EventModel> = fc
  .option(rate)
  .map((markup) => ({ kind: 'amount_on_event', ...(markup !== null && { markup }) }));

const MODELS = { percentage, graduated_percentage: graduated, amount_on_event: onEvent } as const;

export const EVENT_KINDS = Object.keys(MODELS) as readonly EventModel['kind'][];

export function anyEventModel(kind: EventModel['kind']): fc.Arbitrary<EventModel> {
  return MODELS[kind];
}

/**
 * What an event costs in 1e-27 of the major unit, the slow way: from all the events before it, and
 * with tiers walked through from nothing.
 */
export function exactCharge(model: EventModel, before: readonly bigint[], now: bigint): bigint {
  if (model.kind === 'amount_on_event') return now * (HUNDRED + perCent(model.markup ?? '0'));
  const sofar = before.reduce((sum, each) => sum + each, 0n);
  const nothing = model.freeEvents === undefined && model.freeAmount === undefined;
  const free = model.freeAmount === undefined ? undefined : exact(model.freeAmount) / 10n ** 9n;
  const over =
    nothing ||
    before.length >= (model.freeEvents ?? Infinity) ||
    (free !== undefined && sofar >= free);
  if (!over && (free === undefined || sofar + now <= free)) return 0n;
  const paid = over ? now : sofar + now - (free ?? 0n);
  let cost = exact(model.fixed ?? '0') * 10n ** 9n;
  if (model.kind === 'percentage') cost += paid * perCent(model.rate);
  else {
    const already = sofar > (free ?? 0n) ? sofar - (free ?? 0n) : 0n;
    let from = 0n;
    for (const tier of model.tiers) {
      const upTo = tier.upTo === undefined ? already + paid : BigInt(tier.upTo) * 10n ** 9n;
      const low = already > from ? already : from;
      const high = already + paid < upTo ? already + paid : upTo;
      if (high > low) {
        cost += (high - low) * perCent(tier.rate);
        if (already <= from) cost += exact(tier.flatFee ?? '0') * 10n ** 9n;
      }
      from = upTo;
    }
  }
  const least = exact(model.minimum ?? '0') * 10n ** 9n;
  const most = model.maximum === undefined ? undefined : exact(model.maximum) * 10n ** 9n;
  if (cost < least) cost = least;
  return most !== undefined && cost > most ? most : cost;
}

const HUNDRED = 10n ** 18n;

/** Per cent as parts of 1e18. */
function perCent(text: string): bigint {
  return exact(text) / 100n;
}

function exact(text: string): bigint {
  return mantissaAt(unitPrice(text), 18);
}
