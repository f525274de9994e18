import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { DataSource } from 'typeorm';
import { COMPARING } from '../replay/compare-books.js';
import { selectReaches, type Reach } from '../replay/log-reach.js';
import { openBooks } from '../replay/open-books.js';
import { replayLog, type Afresh } from '../replay/replay-log.js';
import { compareEvents, type ComparedEvent } from './compare-events.js';
import { freshCharges, storedCharges } from './event-charges.repository.js';
import { eventsOf } from './event-uses.js';
import { FoundSums, type FoundCounts } from './found-sums.js';
import type { ReMeterConfig } from './re-meter-config.js';
import { reportOf } from './re-metering-report.js';
import { ReMetering, type EventsToMeter } from './re-metering.js';
import { createScratchTables, insertNotMetered } from './scratch-tables.repository.js';

export interface ReMeterParts {
  readonly config: ReMeterConfig;
  readonly scratch: DataSource;
  readonly logger: Logger;
  readonly onProgress: (done: number, of: number) => void;
  /** Each charge that would be otherwise. */
  readonly onDifference: (difference: ComparedEvent) => Promise<void>;
}

/**
 * Rates the log up to where rating is, with the period's events as the meters of now read them and the price versions
 * that the catalog knows by now, and compares what they come to with what is stored. Changes nothing.
 */
export async function reMeter(parts: ReMeterParts) {
  const { config, scratch, logger, onProgress, onDifference } = parts;
  const { kafka, stored } = await openBooks(config, logger);
  try {
    const reaches = await selectReaches(stored);
    const events: EventsToMeter = {
      from: config.FARTHING_REPLAY_FROM,
      to: config.FARTHING_REPLAY_TO,
      tenant: config.FARTHING_REPLAY_TENANT,
      customer: config.FARTHING_RE_METER_CUSTOMER,
    };
    const afresh = new RatedAfresh(scratch, events);
    const horizonMs = config.FARTHING_DEDUPE_HORIZON;
    const reading = { kafka, scratch, reaches, horizonMs, logger, onProgress, afresh };
    const { records, catalog: view } = await replayLog(reading);
    const { catalogVersion } = afresh;
    const price = config.FARTHING_RE_METER_PRICE;
    const comparing = { stored, scratch, view, events, price, reaches, onDifference };
    const counts = await compareWithStored(comparing);
    const limit = config.FARTHING_RE_METER_LIMIT;
    return { catalogVersion, records, ...(await reportOf(scratch, counts, { limit })) };
  } finally {
    await stored.destroy();
  }
}

/** Has the events of the log metered afresh, and writes down which were not. */
export class RatedAfresh implements Afresh {
  #reMetering: ReMetering | undefined;

  constructor(
    private readonly scratch: DataSource,
    private readonly events: EventsToMeter,
  ) {}

  async begin(view: CatalogView): Promise<void> {
    this.#reMetering = new ReMetering(view, this.events);
    await createScratchTables(this.scratch);
  }

  /** By whose meters and prices they are rated. */
  get catalogVersion(): number {
    return this.#inHand.catalogVersion;
  }

  readonly reMeter: Afresh['reMeter'] = (envelope, partition) =>
    this.#inHand.read(envelope, partition);

  async save(): Promise<void> {
    const events = this.#inHand.takeNotMetered();
    if (events.length > 0) await insertNotMetered(this.scratch, events);
  }

  get #inHand(): ReMetering {
    if (!this.#reMetering) throw new Error('the catalog was not read before the log');
    return this.#reMetering;
  }
}

/** A charge never changes and none is added below a reach, so neither side is held still. */
export async function compareWithStored({
  stored,
  scratch,
  view,
  events,
  price,
  reaches,
  onDifference,
}: {
  readonly stored: DataSource;
  readonly scratch: DataSource;
  /** As far as the log was rated by it. */
  readonly view: CatalogView;
  readonly events: EventsToMeter;
  readonly price: string | undefined;
  readonly reaches: readonly Reach[];
  readonly onDifference: (difference: ComparedEvent) => Promise<void>;
}): Promise<FoundCounts> {
  const sums = new FoundSums(scratch);
  const charges = { ...events, reaches };
  await runInTransaction(stored, COMPARING, (ofStored) =>
    runInTransaction(scratch, COMPARING, async (ofScratch) => {
      const compared = compareEvents(
        eventsOf(storedCharges(ofStored, charges), view),
        eventsOf(freshCharges(ofScratch, charges), view),
        { price },
      );
      for await (const one of compared) {
        await sums.add(one);
        if (one.what !== 'unchanged' && one.what !== 'left') await onDifference(one);
      }
    }),
  );
  await sums.flush();
  return sums.counts;
}
