/** What a demo tenant charges: the documents that catalog takes, and what the summary calls them. */
export interface Tariff {
  readonly name: string;
  readonly currency: string;
  /** Key of the plan that every customer is on; it has all the prices. */
  readonly plan: string;
  readonly meters: readonly TariffMeter[];
  readonly prices: readonly TariffPrice[];
}

export interface TariffMeter {
  readonly key: string;
  readonly eventTypes: readonly string[];
  /** Of `PUT /v1/meters/{key}`. */
  readonly document: object;
}

export interface TariffPrice {
  readonly key: string;
  /** What the summary calls it. */
  readonly label: string;
  readonly description: string;
  /** Whether it prices something that every event carries besides what it is (its bytes, say). */
  readonly accompanies?: boolean;
  /** Of `POST /v1/prices`, oldest first. */
  readonly versions: readonly object[];
}

/** One meter with one price of the same key. */
interface TariffLine {
  readonly key: string;
  readonly label: string;
  readonly eventTypes: readonly string[];
  /** JSON pointer of what is summed; absent for a count. */
  readonly value?: string;
  readonly description: string;
  readonly model: Readonly<Record<string, unknown>>;
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

const ARTICLE_LINE: TariffLine = {
  key: 'articles',
  label: 'article',
  eventTypes: ['article.read'],
  description: 'An article: 1 to 20 at 0.002, 21 to 100 at 0.0015, above at 0.001',
  model: ARTICLES,
};

/** For a web server's access log. Only answers with status 200 are billed. */
export const ACCESS_LOG_TARIFF: Tariff = tariffOf('access-log', 'web', [
  ARTICLE_LINE,
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
]);

/** For the generated day of a publisher. */
export const PUBLISHER_TARIFF: Tariff = tariffOf('publisher', 'reader', [
  ARTICLE_LINE,
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
]);

/** 70 % of every charge goes to the creator that the event names. */
function tariffOf(name: string, plan: string, lines: readonly TariffLine[]): Tariff {
  const currency = 'USD';
  return {
    name,
    currency,
    plan,
    meters: lines.map(({ key, eventTypes, value }) => ({
      key,
      eventTypes,
      document: {
        eventTypes,
        aggregation: value === undefined ? 'count' : 'sum',
        ...(value === undefined ? {} : { value }),
        filter: [{ pointer: '/status', op: 'eq', value: 200 }],
      },
    })),
    prices: lines.map(({ key, label, description, model, accompanies = false }) => ({
      key,
      label,
      description,
      accompanies,
      versions: [
        {
          key,
          meter: key,
          currency,
          effectiveFrom: '2020-01-01T00:00:00Z',
          description,
          model,
          split: [{ creator: { property: '/creator' }, shareBps: CREATORS_BPS }],
        },
      ],
    })),
  };
}
