import { beforeAll, expect, it } from 'vitest';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { untilEnded, usageEvent } from '../stack/usage-event.js';

interface Quote {
  readonly id: string;
  readonly amount: { readonly amount: string; readonly currency: string };
  readonly quoteToken: string;
}

const MINUTE_MS = 60_000;
/** Ten o'clock, as far as this day goes. */
const TEN = Date.now() - 30 * MINUTE_MS;
const at = (minutesPastTen: number) => new Date(TEN + minutesPastTen * MINUTE_MS).toISOString();

let tenant: Tenant;

beforeAll(async () => {
  const { place } = await sharedStack();
  tenant = await newTenant(place);
});

async function quote(asked: Record<string, unknown> = {}): Promise<Quote> {
  const use = { customer: 'reader', type: 'article.read', properties: { creator: 'ada' } };
  return (await tenant.door.must('POST', '/v1/quotes', { ...use, at: at(0), ...asked })) as Quote;
}

it('says what a use will cost, of a customer that nobody knows yet', async () => {
  expect(await quote()).toMatchObject({
    customer: 'reader',
    amount: { amount: '0.250000000', currency: 'USD' },
    parts: [{ price: 'articles', quantityBefore: '0', quantityAfter: '1' }],
  });
});

it('goes on from what was used', async () => {
  await tenant.door.sendBatch([usageEvent({ id: '1', source: 'before', time: at(0) })]);
  await untilEnded(tenant.door, 'before', 1);
  await expect
    .poll(() => quote(), { timeout: 30_000 })
    .toMatchObject({ parts: [{ quantityBefore: '1', quantityAfter: '2' }] });
});
