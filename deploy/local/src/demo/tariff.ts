/** What a demo tenant charges: the documents that catalog takes, and a label per meter for the summary. */
export interface Tariff {
  readonly name: string;
  readonly currency: string;
  readonly plan: string;
  readonly meters: readonly TariffMeter[];
}

export interface TariffMeter {
  /** Key of the meter and of its price. */
  readonly key: string;
  /** What the summary calls it. */
  readonly label: string;
  readonly eventTypes: readonly string[];
  /** JSON pointer of what is summed; absent for a count. */
  readonly value?: string;
  readonly description: string;
  readonly model: Readonly<Record<string, unknown>>;
  /** Whether the meter reads something that every event carries besides what it is (its bytes, say). */
  readonly accompanies?: boolean;
}

const CREATORS_BPS = 7_000;

const ARTICLES = {
  kind: 'graduated',
  tiers: [
    { upTo: '20', unitPrice: '0.002' },
    { upTo: '100', unitPrice: '0.0015' },
    { unitPrice: '0.001' },
  ],
};

const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice });

/** For a web server's access log. Only answers with status 200 are billed. */
export const ACCESS_LOG_TARIFF: Tariff = {
  name: 'access-log',
  currency: 'USD',
  plan: 'web',
  meters: [
    {
      key: 'articles',
      label: 'article',
      eventTypes: ['article.read'],
      description: 'An article: 1 to 20 at 0.002, 21 to 100 at 0.0015, above at 0.001',
      model: ARTICLES,
    },
    {
      key: 'pictures',
      label: 'picture',
      eventTypes: ['picture.viewed'],
      description: 'A picture at 0.0001',
      model: perUnit('0.0001'),
    },
    {
      key: 'clips',
      label: 'clip',
      eventTypes: ['clip.watched'],
      description: 'A clip at 0.05',
      model: perUnit('0.05'),
    },
    {
      key: 'tools',
      label: 'tool',
      eventTypes: ['tool.used'],
      description: 'A tool call at 0.005',
      model: perUnit('0.005'),
    },
    {
      key: 'traffic',
      label: 'bytes',
      eventTypes: ['article.read', 'picture.viewed', 'clip.watched', 'tool.used'],
      value: '/bytes',
      description: 'A byte at 0.00000001',
      model: perUnit('0.00000001'),
      accompanies: true,
    },
  ],
};

/** For the generated day of a publisher. */
export const PUBLISHER_TARIFF: Tariff = {
  name: 'publisher',
  currency: 'USD',
  plan: 'reader',
  meters: [
    { ...ACCESS_LOG_TARIFF.meters[0]! },
    {
      key: 'clips',
      label: 'clip',
      eventTypes: ['clip.watched'],
      value: '/seconds',
      description: 'A second of a clip at 0.00025',
      model: perUnit('0.00025'),
    },
    {
      key: 'tools',
      label: 'tool',
      eventTypes: ['tool.used'],
      value: '/tokens',
      description: 'A token of a tool call at 0.0000015',
      model: perUnit('0.0000015'),
    },
    {
      key: 'unlocks',
      label: 'unlock',
      eventTypes: ['feature.unlocked'],
      description: 'An unlocked feature at 0.25',
      model: perUnit('0.25'),
    },
    {
      key: 'tips',
      label: 'tip',
      eventTypes: ['tip.given'],
      value: '/amount',
      description: 'A tip, as given',
      model: perUnit('1'),
    },
  ],
};

/** The documents of `PUT /v1/meters/{key}`, by key. */
export function meterDocuments(tariff: Tariff): Array<{ key: string; document: object }> {
  return tariff.meters.map(({ key, eventTypes, value }) => ({
    key,
    document: {
      eventTypes,
      aggregation: value === undefined ? 'count' : 'sum',
      ...(value === undefined ? {} : { value }),
      filter: [{ pointer: '/status', op: 'eq', value: 200 }],
    },
  }));
}

/** The documents of `POST /v1/prices`; 70 % of every charge goes to the creator that the event names. */
export function priceDocuments(tariff: Tariff): object[] {
  return tariff.meters.map(({ key, description, model }) => ({
    key,
    meter: key,
    currency: tariff.currency,
    effectiveFrom: '2020-01-01T00:00:00Z',
    description,
    model,
    split: [{ creator: { property: '/creator' }, shareBps: CREATORS_BPS }],
  }));
}
