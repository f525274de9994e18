import {
  catalogEntryFromMessage,
  type CatalogEntry,
} from '@farthing/contracts/catalog/catalog-message';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { ConsumedRecord } from '../kafka/batch-handler.js';
import type { KafkaConnection } from '../kafka/kafka-client.js';
import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import { createWholeTopicReader, type WholeTopicReader } from '../kafka/whole-topic-reader.js';
import type { Logger } from '../telemetry/logger.js';

export interface CatalogFeedOptions {
  readonly kafka: KafkaConnection;
  /** Whose feed it is, for the name of its group. */
  readonly service: string;
  readonly logger: Logger;
  /** Called after the view has taken the entry, in order, once for each catalog version. */
  readonly onEntry?: (entry: CatalogEntry) => void;
  readonly onFatal?: (error: unknown) => void;
}

interface Waiter {
  readonly catalogVersion: number;
  readonly resolve: () => void;
}

/**
 * All of `catalog.v1` in memory, kept up to date. Work for an event asks `view` at the event's catalog version,
 * after `waitFor` that version; never inside a transaction.
 */
export class CatalogFeed {
  readonly view = new CatalogView();
  private reader!: WholeTopicReader;
  private readonly waiters = new Set<Waiter>();

  private constructor(private readonly options: CatalogFeedOptions) {}

  /** Waits for Kafka to answer, then reads on in the background: `readToEndAsOfNow` tells when it has caught up. */
  static async start(options: CatalogFeedOptions): Promise<CatalogFeed> {
    const feed = new CatalogFeed(options);
    const { kafka, service, logger, onFatal } = options;
    feed.reader = await createWholeTopicReader({
      kafka,
      service,
      logger,
      topic: TOPICS.catalog,
      onRecord: (record) => feed.take(record),
      ...(onFatal && { onFatal }),
    });
    return feed;
  }

  /** Resolves once the view has this version; rejects with `DeadlineExceeded` when that takes longer. */
  waitFor(catalogVersion: number, deadlineMs = 10_000): Promise<void> {
    if (this.view.version >= catalogVersion) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        const read = `catalog version ${this.view.version} was read`;
        reject(new DeadlineExceeded(`${read}, ${catalogVersion} not within ${deadlineMs} ms`));
      }, deadlineMs);
      const waiter: Waiter = {
        catalogVersion,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiters.add(waiter);
    });
  }

  /** Resolves once the view has everything that Kafka had at the time of the call. */
  readToEndAsOfNow(deadlineMs = 10_000): Promise<void> {
    return this.reader.readToEndAsOfNow(deadlineMs);
  }

  millisSinceLastPoll(): number {
    return this.reader.millisSinceLastPoll();
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  /** The outbox sends some versions again after a crash; the view ignores those, and throws on a gap. */
  private take(record: ConsumedRecord): void {
    if (record.value === null) throw new Error(`offset ${record.offset} of the catalog is empty`);
    const entry = catalogEntryFromMessage(record.value);
    if (entry.catalogVersion <= this.view.version) return;
    this.view.apply(entry);
    this.options.onEntry?.(entry);
    for (const waiter of this.waiters) {
      if (waiter.catalogVersion > entry.catalogVersion) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
