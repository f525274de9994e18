import type { BenchPlace } from './bench-place.js';
import type { Contender } from './contender.js';
import {
  copyKeyed,
  copyText,
  createCopyTables,
  readStoredRows,
  type StoredRows,
} from './copy-baselines.js';
import { cpuSeconds } from './cpu-time.js';
import { endToEnd } from './end-to-end.js';
import { envelopeMicrosPerEvent } from './envelope-process.js';
import { distinctEvents, generateLoad, type LoadOptions } from './load.js';
import { outcomeOf, type Pace } from './progress.js';
import { fillLog, migrateRating, ratingCatchUp } from './rating-catch-up.js';
import { prepareTextbook, textbookCatchUp } from './textbook-catch-up.js';

/** Every contender once, one after another. */
export interface Round {
  readonly paces: Readonly<Record<Contender, Pace>>;
  readonly envelopeMicros: number;
  readonly httpRefused: number;
}

const ALONE_SEED = 1;
/** Each round over HTTP has a seed and so ids of its own: an event that was sent before would be refused. */
const LIVE_SEED = 1_000;
const CHARGES_PER_EVENT = 2;

/** Runs rounds of the contenders on one place. */
export class Rounds {
  #done = 0;

  private constructor(
    private readonly place: BenchPlace,
    private readonly load: { readonly events: number; readonly charges: number },
    private readonly stored: StoredRows,
  ) {}

  /**
   * Fills the logs, and lets everything go through a load once: what rating and the textbook worker
   * make of it must be equal, and the charge rows that rating stores are what the baselines copy.
   */
  static async prepare(
    place: BenchPlace,
    events: number,
    report: (line: string) => void,
  ): Promise<Rounds> {
    const { alone, tenants, servers } = place;
    await requireDurable(place);
    const load = generateLoad({ seed: ALONE_SEED, events, endsAtMs: Date.now() });
    const expected = { events, charges: CHARGES_PER_EVENT * distinctEvents(load) };
    report(`filling the logs with ${events} events for ${expected.charges} charges`);
    await migrateRating(alone);
    await fillLog(alone, load, tenants);
    await prepareTextbook(alone, load);
    report('going through everything once');
    await ratingCatchUp(alone, expected, servers);
    await textbookCatchUp(alone, expected, servers);
    await requireEqual(place, expected.charges);
    await createCopyTables(alone.client);
    const rounds = new Rounds(place, expected, await readStoredRows(alone.client));
    await rounds.next();
    return rounds;
  }

  async next(): Promise<Round> {
    const { alone, servers } = this.place;
    const copying = () => ({ client: cpuSeconds(process.pid), ...servers() });
    const copy_text = await copyText(alone.client, this.stored, copying);
    const { refused, ...end_to_end } = await endToEnd(this.place, this.#nextLiveLoad(), servers);
    const copy_keyed = await copyKeyed(alone.client, this.stored, copying);
    const rating = await ratingCatchUp(alone, this.load, servers);
    const textbook = await textbookCatchUp(alone, this.load, servers);
    return {
      paces: { copy_text, copy_keyed, textbook, rating, end_to_end },
      envelopeMicros: await envelopeMicrosPerEvent(),
      httpRefused: refused,
    };
  }

  #nextLiveLoad(): LoadOptions {
    const seed = LIVE_SEED + this.#done++;
    return { seed, events: this.load.events, endsAtMs: Date.now() };
  }
}

/** A result without `fsync` would be worth nothing. */
async function requireDurable({ live }: BenchPlace): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const { rows } = await live.query<Record<string, string>>(`show ${setting}`);
    if (rows[0]![setting] !== 'on') throw new Error(`PostgreSQL runs with ${setting} off`);
  }
}

async function requireEqual({ alone }: BenchPlace, charges: number): Promise<void> {
  const rating = JSON.stringify(await outcomeOf(alone.client, 'rating'));
  const textbook = JSON.stringify(await outcomeOf(alone.client, 'textbook'));
  if (rating !== textbook) {
    throw new Error(`rating made ${rating}, the textbook worker ${textbook}`);
  }
  if (!rating.includes(`"charges":"${charges}"`)) {
    throw new Error(`${charges} charges are due, and these were made: ${rating}`);
  }
}
