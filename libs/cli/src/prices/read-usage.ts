import { z } from 'zod';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import { parseQuantity, type Quantity } from '@farthing/domain/metering/quantity';

export interface CustomerUsage {
  readonly customer: string;
  /** By meter. */
  readonly quantities: ReadonlyMap<string, Quantity>;
}

export interface CustomerTerms {
  readonly plan: string;
  readonly currency: string;
  /** Price keys in place of what the plan has for their meters. */
  readonly priceOverrides: readonly string[];
}

const customerSchema = z.looseObject({
  id: z.string(),
  /** A customer may have none. */
  plan: z.string().default(''),
  currency: z.string(),
  priceOverrides: z.array(z.string()).default([]),
});

const usageSchema = z.looseObject({
  customer: z.string(),
  meter: z.string(),
  /** Empty for what no price of the plan counted. */
  price: z.string(),
  /** Absent where only a price would say how much was used, and none did. */
  quantity: z.string().default('0'),
});
type UsageRow = z.infer<typeof usageSchema>;

/** Plan, currency and own prices of every customer that catalog knows, by id. */
export async function readTerms(api: ApiClient): Promise<Map<string, CustomerTerms>> {
  const found = new Map<string, CustomerTerms>();
  for await (const { id, plan, currency, priceOverrides } of api.pages(
    '/v1/customers?limit=1000',
    customerSchema,
  )) {
    found.set(id, { plan, currency, priceOverrides });
  }
  return found;
}

/** Usage between two instants, customer by customer: no more than one of them is in memory. */
export async function* readUsage(
  api: ApiClient,
  { from, to }: { readonly from: string; readonly to: string },
): AsyncGenerator<CustomerUsage> {
  const query = new URLSearchParams({ groupBy: 'customer,meter,price', from, to, limit: '1000' });
  let rows: UsageRow[] = [];
  for await (const row of api.pages(`/v1/usage?${query.toString()}`, usageSchema)) {
    if (rows.length > 0 && rows[0]!.customer !== row.customer) {
      yield usageOf(rows);
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield usageOf(rows);
}

/**
 * Each price of a meter counts the same readings, so of several the one that counted most says how
 * much was used; what no price counted comes on top.
 */
function usageOf(rows: readonly UsageRow[]): CustomerUsage {
  const unpriced = new Map<string, Quantity>();
  const priced = new Map<string, Quantity>();
  for (const { meter, price, quantity: text } of rows) {
    const quantity = quantityOf(text);
    const known = priced.get(meter) ?? 0n;
    if (price === '') unpriced.set(meter, (unpriced.get(meter) ?? 0n) + quantity);
    else if (quantity > known) priced.set(meter, quantity);
  }
  const quantities = new Map(
    [...new Set(rows.map(({ meter }) => meter))].map((meter) => [
      meter,
      (priced.get(meter) ?? 0n) + (unpriced.get(meter) ?? 0n),
    ]),
  );
  return { customer: rows[0]!.customer, quantities };
}

/** Corrections can leave less than nothing of a month, which costs what nothing does. */
function quantityOf(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (parsed.outcome === 'parsed') return parsed.quantity;
  if (parsed.reason === 'negative_quantity') return 0n;
  throw new Error(`the usage ${text} is no quantity: ${parsed.reason}`);
}
