import { until } from '@farthing/testing/until';
import { closeBefore } from '../stack/cycle-run.js';
import { farthing, type CommandResult } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import type { TestStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

export const earlier = completeMonth(2);
export const later = completeMonth(1);
export const SOURCE = 'replay';

const HOUR_MS = 3_600_000;
/** The last hour that is over: a quote is of a use of this day. */
const HOUR_FROM = Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS;
export const hourEnd = new Date(HOUR_FROM + HOUR_MS);

const inHour = (minutes: number) => new Date(HOUR_FROM + minutes * 60_000).toISOString();

interface ChargeSummary {
  readonly id: string;
  readonly event?: string;
  readonly refund?: { readonly status: string };
}

/**
 * A tenant with two closed months of several prices, a minimum, an unlock, distinct values and a price per event: with
 * events that come twice, that are voided, corrected and late, a refund before a close and one after, a price that
 * changes, one that is changed for what is closed, and a rating that starts again. Besides a closed hour of a customer
 * who used what was quoted.
 */
export async function tenantOfTwoMonths({ place, stack }: TestStack): Promise<Tenant> {
  const tenant = await newTenant(place);
  const books = new TwoMonths(tenant);
  await books.addPrices();
  const first = [...use('ann', 1, 6), ...use('ben', 1, 4)];
  await books.send(first);
  await books.send(first);
  await books.refund('ann-article.read-1');
  await books.correct('void', 'ann-ticket.solved-3');
  await closeBefore(tenant.door, earlier.to);
  await stack.restart('rating');
  await books.changePrice();
  await books.send([
    ...use('ann', 10, 12, earlier),
    ...use('ann', 1, 5, later),
    ...use('cy', 1, 2, later),
  ]);
  await books.refund('ann-article.read-2');
  await books.correct('correct', 'ann-clip.watched-2', '--data', '{"creator":"eve","seconds":50}');
  await books.reRateEarlier();
  await books.useAsQuoted();
  await closeBefore(tenant.door, later.to);
  await closeBefore(tenant.door, hourEnd);
  return tenant;
}

class TwoMonths {
  private sent = 0;

  constructor(private readonly tenant: Tenant) {}

  async addPrices(): Promise<void> {
    const { door } = this.tenant;
    await door.must('PUT', '/v1/meters/issues', {
      eventTypes: ['issue.opened'],
      aggregation: 'count',
      dimensions: [{ name: 'issue', pointer: '/issue' }],
    });
    await door.must('POST', '/v1/prices', {
      ...price('issues'),
      model: { kind: 'unlock', item: 'issue', unitPrice: '0.5', days: 20 },
    });
    await door.must('PUT', '/v1/meters/tickets', {
      eventTypes: ['ticket.solved'],
      aggregation: 'count',
    });
    await door.must('POST', '/v1/prices', {
      ...price('tickets'),
      model: { kind: 'per_unit', unitPrice: '2' },
      minimum: '30.00',
    });
    await door.must('PUT', '/v1/meters/faces', {
      eventTypes: ['picture.viewed'],
      aggregation: 'unique',
      value: '/creator',
    });
    await door.must('POST', '/v1/prices', {
      ...price('faces'),
      model: { kind: 'per_unit', unitPrice: '1' },
    });
    await door.must('PUT', '/v1/meters/orders', {
      eventTypes: ['order.placed'],
      aggregation: 'sum',
      value: '/seconds',
    });
    await door.must('POST', '/v1/prices', {
      ...price('orders'),
      model: { kind: 'percentage', rate: '10', freeEvents: 2 },
    });
    const prices = ['articles', 'clips', 'faces', 'issues', 'orders', 'pictures', 'tickets'];
    await door.must('PUT', '/v1/plans/reader', { prices });
  }

  /** Of a day in the middle of the later month on. */
  async changePrice(): Promise<void> {
    await this.tenant.door.must('POST', '/v1/prices', {
      ...price('articles'),
      effectiveFrom: onDay(later, 3),
      model: { kind: 'graduated', tiers: [{ upTo: '4', unitPrice: '0.3' }, { unitPrice: '0.01' }] },
    });
  }

  /** Corrects charges of the closed month in the open one. */
  async reRateEarlier(): Promise<void> {
    await this.tenant.door.must('POST', '/v1/prices', {
      ...price('pictures'),
      effectiveFrom: onDay(earlier, 3),
      model: { kind: 'per_unit', unitPrice: '0.05' },
    });
    const month = ['--from', earlier.from.toISOString(), '--to', earlier.to.toISOString()];
    const begun = await this.command(4, '--json', 'rerate', ...month, '--price', 'pictures');
    const { id } = JSON.parse(begun.stdout) as { id: string };
    await this.command(0, 'rerate', '--apply', id, '--yes');
  }

  /** A dearer article than was quoted, by a customer whose periods are hours. */
  async useAsQuoted(): Promise<void> {
    const { door } = this.tenant;
    await door.must('PUT', '/v1/customers/hourly', { interval: 'hour' });
    const article = { customer: 'hourly', type: 'article.read', properties: { creator: 'ada' } };
    const quote = await door.must('POST', '/v1/quotes', { ...article, at: inHour(0) });
    await door.must('POST', '/v1/prices', {
      ...price('articles'),
      effectiveFrom: inHour(1),
      model: { kind: 'per_unit', unitPrice: '0.40' },
    });
    // For a type that it does not know the door reads the catalog to its end.
    await door.must('PUT', '/v1/meters/doors', { eventTypes: ['door'], aggregation: 'count' });
    await door.sendBatch([usageEvent({ id: '1', type: 'door', subject: 'hourly' })]);
    const { quoteToken: quotetoken } = quote as { quoteToken: string };
    const event = usageEvent({ id: 'quoted', source: SOURCE, subject: 'hourly', time: inHour(2) });
    await this.send([{ ...event, quotetoken } as typeof event]);
  }

  async send(events: ReturnType<typeof use>): Promise<void> {
    await this.tenant.door.sendBatch(events);
    this.sent += events.length;
    await untilEnded(this.tenant.door, SOURCE, this.sent);
  }

  async refund(event: string): Promise<void> {
    const { door } = this.tenant;
    const charges = await door.list<ChargeSummary>('/v1/charges?customer=ann');
    const { id } = charges.find((charge) => charge.event === event)!;
    await door.must('POST', `/v1/charges/${id}/refund`, { reason: 'misread' });
    await until('the refund is applied', async () => {
      const charge = (await door.must('GET', `/v1/charges/${id}`)) as ChargeSummary;
      return charge.refund?.status === 'refunded';
    });
  }

  async correct(kind: string, id: string, ...rest: string[]): Promise<void> {
    const event = ['--source', SOURCE, '--id', id, '--reason', 'misread'];
    await this.command(0, 'events', kind, ...event, ...rest, '--yes');
  }

  /** Throws when it ends with another code. */
  private async command(exitCode: number, ...words: string[]): Promise<CommandResult> {
    const env = { FARTHING_URL: this.tenant.door.baseUrl, FARTHING_API_KEY: this.tenant.door.key! };
    const result = await farthing(words, { env });
    if (result.code !== exitCode) throw new Error(`farthing ${words.join(' ')}: ${result.stderr}`);
    return result;
  }
}

function price(key: string) {
  return {
    key,
    meter: key,
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: key,
    split: [{ creator: { property: '/creator' }, shareBps: 7_000 }],
  };
}

const TYPES = [
  'article.read',
  'clip.watched',
  'issue.opened',
  'order.placed',
  'picture.viewed',
  'ticket.solved',
];

/** Each day something of each type. */
function use(subject: string, from: number, to: number, month = earlier) {
  const days = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const name = month === earlier ? subject : `later-${subject}`;
  return days.flatMap((day) =>
    TYPES.map((type) =>
      usageEvent({
        id: `${name}-${type}-${day}`,
        source: SOURCE,
        type,
        subject,
        time: onDay(month, day),
        data: { creator: day % 2 === 0 ? 'ada' : 'ben', seconds: day, issue: 'may' },
      }),
    ),
  );
}
