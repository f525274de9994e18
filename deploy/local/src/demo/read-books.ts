import { z } from 'zod';
import { parseNanos } from '@farthing/domain/money/nanos';
import { divideRounded } from '@farthing/domain/money/round';
import type { DemoTenant } from './demo-stack.js';
import type { Tariff } from './tariff.js';

/** What rating's charges of a tenant come to; amounts in nano-units of the tariff's currency. */
export interface ChargeBooks {
  readonly charges: number;
  readonly total: bigint;
  /** By label of the tariff's prices. */
  readonly amounts: ReadonlyMap<string, bigint>;
  /** In units of 10^-9. */
  readonly quantities: ReadonlyMap<string, bigint>;
  readonly creators: ReadonlyMap<string, bigint>;
  readonly customers: ReadonlyMap<string, bigint>;
  /** What would be billed if each charge were rounded to cents, half up. */
  readonly roundedPerCharge: bigint;
}

const chargeSchema = z.object({
  customer: z.string(),
  price: z.string(),
  quantityBefore: z.string(),
  quantityAfter: z.string(),
  amount: z.string(),
  shares: z.array(z.object({ creator: z.string(), amount: z.string() })),
});

const CENT = 10_000_000n;

/** Reads every charge of the tenant through the API. */
export async function readCharges({ api }: DemoTenant, tariff: Tariff): Promise<ChargeBooks> {
  const labels = new Map(tariff.prices.map(({ key, label }) => [key, label]));
  const amounts = new Map<string, bigint>();
  const quantities = new Map<string, bigint>();
  const creators = new Map<string, bigint>();
  const customers = new Map<string, bigint>();
  let charges = 0;
  let total = 0n;
  let roundedPerCharge = 0n;
  for await (const charge of api.pages('/v1/charges?limit=1000', chargeSchema)) {
    const label = labels.get(charge.price) ?? charge.price;
    const amount = nanosOf(charge.amount);
    charges += 1;
    total += amount;
    roundedPerCharge += divideRounded(amount, CENT, 'half_up') * CENT;
    add(amounts, label, amount);
    add(quantities, label, nanosOf(charge.quantityAfter) - nanosOf(charge.quantityBefore));
    add(customers, charge.customer, amount);
    for (const share of charge.shares) add(creators, share.creator, nanosOf(share.amount));
  }
  return { charges, total, amounts, quantities, creators, customers, roundedPerCharge };
}

/** Decimal text of up to nine places; quantities have the same form as amounts. */
export function nanosOf(text: string): bigint {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') throw new Error(`${text} is no amount: ${parsed.reason}`);
  return parsed.nanos;
}

export function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

/** Largest first (or smallest first), ties by name in byte order; names are ASCII. */
export function ranked(
  sums: ReadonlyMap<string, bigint>,
  order: 'largest' | 'smallest',
): Array<[string, bigint]> {
  const sign = order === 'largest' ? -1 : 1;
  return [...sums].toSorted(([nameA, a], [nameB, b]) => {
    if (a !== b) return a < b ? -sign : sign;
    return nameA < nameB ? -1 : 1;
  });
}
