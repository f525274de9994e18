import type { TopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { inboundTopicOf } from '@farthing/contracts/topics/topic-names';

export interface InboundSubscriptionOptions {
  readonly view: CatalogView;
  readonly admin: Pick<TopicAdmin, 'listTopics'>;
  readonly logger: Logger;
  readonly onSubscribed: (topics: number) => void;
}

const LOOK_EVERY_MS = 1_000;
/** A tenant's topic that is not there yet is looked for this often. */
const MISSING_EVERY_MS = 5_000;

/**
 * Which inbound topics are read: those of the catalog's tenants that exist. kafkajs resolves subscriptions once, so
 * a new tenant makes the consumer stop and run again with the longer list.
 */
export class InboundSubscription {
  #subscribed: ReadonlySet<string> = new Set();
  #lookedAtVersion = -1;
  #lookedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly options: InboundSubscriptionOptions) {}

  get size(): number {
    return this.#subscribed.size;
  }

  /** What the consumer shall subscribe to now; nothing while Kafka does not answer. */
  async topics(): Promise<readonly string[]> {
    const topics = await this.#existing();
    this.#subscribed = new Set(topics);
    this.options.onSubscribed(topics.length);
    return topics;
  }

  /** Calls back whenever there is a topic to add. */
  watch(resubscribe: () => Promise<void>): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look(resubscribe).finally(() => {
        this.#looking = undefined;
      });
    }, LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(resubscribe: () => Promise<void>): Promise<void> {
    const { view, logger } = this.options;
    const isNews = view.version !== this.#lookedAtVersion;
    if (!isNews && Date.now() - this.#lookedAtMs < MISSING_EVERY_MS) return;
    this.#lookedAtVersion = view.version;
    this.#lookedAtMs = Date.now();
    if (this.#wanted().every((topic) => this.#subscribed.has(topic))) return;
    const missing = (await this.#existing()).filter((topic) => !this.#subscribed.has(topic));
    if (missing.length === 0) return;
    logger.info({ topics: missing }, 'more inbound topics are read');
    await resubscribe().catch((error: unknown) => {
      // The next look tries again: what is subscribed is told by `topics`.
      this.#subscribed = new Set();
      logger.error({ err: error }, 'subscribing to more inbound topics failed');
    });
  }

  async #existing(): Promise<string[]> {
    const wanted = this.#wanted();
    if (wanted.length === 0) return [];
    try {
      const existing = new Set(await this.options.admin.listTopics());
      return wanted.filter((topic) => existing.has(topic));
    } catch (error) {
      this.options.logger.warn({ err: error }, 'Kafka does not say which inbound topics exist');
      return [];
    }
  }

  #wanted(): string[] {
    return this.options.view.tenants().map(({ id }) => inboundTopicOf(id));
  }
}
