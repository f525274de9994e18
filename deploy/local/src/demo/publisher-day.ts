import { createHash } from 'node:crypto';
import type { DemoEvent, DemoMonth } from './demo-events.js';

export interface PublisherDay {
  readonly seed: number;
  /** First sendings; 5 % more are sent again. */
  readonly events: number;
  readonly month: DemoMonth;
}

const CUSTOMERS = 1_200;
const CREATORS = 40;
const RESENT = 0.05;
const MALFORMED_EVERY = 400;

/** How often each kind of use happens, and what its data says. */
const KINDS: ReadonlyArray<{
  readonly share: number;
  readonly type: string;
  readonly data: (random: () => number) => Record<string, unknown>;
}> = [
  { share: 0.62, type: 'article.read', data: (random) => ({ article: `a-${whole(random, 900)}` }) },
  { share: 0.18, type: 'clip.watched', data: (random) => ({ seconds: 5 + whole(random, 115) }) },
  { share: 0.14, type: 'tool.used', data: (random) => ({ tokens: 40 + whole(random, 4_000) }) },
  {
    share: 0.02,
    type: 'feature.unlocked',
    data: (random) => ({ feature: `f-${whole(random, 12)}` }),
  },
  { share: 0.04, type: 'tip.given', data: (random) => ({ amount: `0.${10 + whole(random, 90)}` }) },
];

/** What broken clients send: each is refused with a reason of its own. */
const MALFORMED: ReadonlyArray<(event: Record<string, unknown>) => string> = [
  (event) => JSON.stringify({ ...event, type: 'page.printed' }),
  (event) => JSON.stringify({ ...event, subject: undefined }),
  (event) => JSON.stringify({ ...event, time: '2026-02-30T12:00:00Z' }),
  (event) => JSON.stringify(event).slice(0, -9),
];

/**
 * A day of a publisher's traffic: the same seed gives the same day. Customers and creators follow Zipf's law; some
 * events are sent twice, the second time later in the day, and some are malformed.
 */
export function* publisherDay({ seed, events, month }: PublisherDay): Generator<DemoEvent> {
  const random = randomFrom(seed);
  const customer = zipf(CUSTOMERS, 1.05, random);
  const creator = zipf(CREATORS, 1.2, random);
  const day = month.from.toISOString().slice(0, 10);
  const again: Array<{ readonly due: number; readonly event: DemoEvent }> = [];
  for (let i = 0; i < events; i++) {
    const subject = `reader-${customer()}`;
    const event = eventOf(`${i + 1}`, subject, instant(day, i / events), creator(), random);
    const broken = i % MALFORMED_EVERY === MALFORMED_EVERY - 1;
    const malform = MALFORMED[Math.floor(i / MALFORMED_EVERY) % MALFORMED.length]!;
    const sent = { subject, text: broken ? malform(event) : JSON.stringify(event) };
    yield sent;
    if (random() < RESENT && !broken) again.push({ due: i + whole(random, 500), event: sent });
    while (again.length > 0 && again[0]!.due <= i) yield again.shift()!.event;
  }
  for (const { event } of again) yield event;
}

function eventOf(
  id: string,
  subject: string,
  time: string,
  creator: number,
  random: () => number,
): Record<string, unknown> {
  let rest = random();
  const kind = KINDS.find(({ share }) => (rest -= share) < 0) ?? KINDS[0]!;
  return {
    specversion: '1.0',
    id,
    source: 'publisher-web',
    type: kind.type,
    subject,
    time,
    datacontenttype: 'application/json',
    data: { status: 200, creator: `writer-${creator}`, ...kind.data(random) },
  };
}

function instant(day: string, fraction: number): string {
  const millis = Math.floor(fraction * 86_400_000);
  return `${day}T${new Date(millis).toISOString().slice(11)}`;
}

/** Draws 1 … n with a probability of 1 / rank^exponent. */
function zipf(n: number, exponent: number, random: () => number): () => number {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= n; rank++) cumulative.push((sum += 1 / rank ** exponent));
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

function whole(random: () => number, below: number): number {
  return Math.floor(random() * below);
}

/** Numbers in [0, 1) from SHA-256 in counter mode: the same for a seed on every machine. */
function randomFrom(seed: number): () => number {
  let block = Buffer.alloc(0);
  let at = 0;
  let counter = 0;
  return () => {
    if (at + 4 > block.length) {
      block = createHash('sha256').update(`${seed}/${counter++}`).digest();
      at = 0;
    }
    const number = block.readUInt32BE(at) / 4_294_967_296;
    at += 4;
    return number;
  };
}
