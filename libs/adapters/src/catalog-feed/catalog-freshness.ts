import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import type { CatalogFeed } from './catalog-feed.js';

/**
 * Reads the catalog to its end as of a call, so that what was made a second ago is honoured. However many ask, one
 * read is under way and one more waits: whoever asks during a read gets the next, which began after the question.
 */
export class CatalogFreshness {
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(private readonly feed: Pick<CatalogFeed, 'readToEndAsOfNow'>) {}

  /** Rejects with `DeadlineExceeded` when Kafka does not answer in time. */
  async asOfNow(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new DeadlineExceeded(`the catalog was not read to its end in ${deadlineMs} ms`));
      }, deadlineMs);
    });
    try {
      await Promise.race([this.#read(deadlineMs), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  #read(deadlineMs: number): Promise<void> {
    if (!this.#reading) {
      this.#reading = this.feed.readToEndAsOfNow(deadlineMs).finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#read(deadlineMs);
      });
    return this.#next;
  }
}
