import type { Registry } from '@farthing/adapters/telemetry/metrics-registry';
import { Counter, Gauge, Histogram } from 'prom-client';

/** What happened, as numbers: one method per business event, no label that names a customer. */
export class Metrics {
  private readonly charges: Counter;
  private readonly entries: Counter;
  private readonly transactionSeconds: Histogram;
  private readonly overdrawn: Counter;
  private readonly overshoot: Counter;
  private readonly published: Counter;
  private readonly documents: Counter<'event' | 'outcome'>;
  private readonly granted: Counter<'kind'>;
  private readonly expired: Counter;
  private readonly quotes: Counter<'outcome'>;
  private readonly halted: Gauge<'topic' | 'partition' | 'reason'>;

  constructor(readonly registry: Registry) {
    const registers = [registry];
    this.charges = new Counter({
      name: 'farthing_wallets_charges_paid_total',
      help: 'Charges applied to the ledger, those of 0 included',
      registers,
    });
    this.entries = new Counter({
      name: 'farthing_wallets_entries_total',
      help: 'Ledger entries written for charges, after netting',
      registers,
    });
    this.transactionSeconds = new Histogram({
      name: 'farthing_wallets_transaction_seconds',
      help: 'How long a transaction of rated charges held its locks',
      buckets: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.5, 2],
      registers,
    });
    this.overdrawn = new Counter({
      name: 'farthing_wallets_overdrawn_total',
      help: 'Charges of a prepaid customer that the wallet could not pay in full',
      registers,
    });
    this.overshoot = new Counter({
      name: 'farthing_wallets_overdrawn_nanos_total',
      help: 'What such charges left as receivable, in nano-units of whatever currency',
      registers,
    });
    this.published = new Counter({
      name: 'farthing_wallets_paid_messages_published_total',
      help: 'Messages of charges.paid.v1 that Kafka acknowledged',
      registers,
    });
    this.documents = new Counter({
      name: 'farthing_wallets_documents_total',
      help: 'What invoicing told of documents, by event and outcome',
      labelNames: ['event', 'outcome'],
      registers,
    });
    this.granted = new Counter({
      name: 'farthing_wallets_grants_total',
      help: 'Credit grants added, by kind',
      labelNames: ['kind'],
      registers,
    });
    this.expired = new Counter({
      name: 'farthing_wallets_grants_expired_total',
      help: 'Credit grants whose time ran out',
      registers,
    });
    this.quotes = new Counter({
      name: 'farthing_wallets_quotes_total',
      help: 'Quotes that were asked for, by what came of it: quoted, or why not',
      labelNames: ['outcome'],
      registers,
    });
    this.halted = new Gauge({
      name: 'farthing_wallets_partition_halted',
      help: 'Set to 1 when a partition stopped until somebody has looked',
      labelNames: ['topic', 'partition', 'reason'],
      registers,
    });
  }

  chargesApplied(applied: { charges: number; entries: number; seconds: number }): void {
    this.charges.inc(applied.charges);
    this.entries.inc(applied.entries);
    this.transactionSeconds.observe(applied.seconds);
  }

  walletOverdrawn(nanos: bigint): void {
    this.overdrawn.inc();
    this.overshoot.inc(Number(nanos));
  }

  paidMessagesPublished(count: number): void {
    this.published.inc(count);
  }

  documentApplied(event: string, outcome: 'posted' | 'repeated'): void {
    this.documents.inc({ event, outcome });
  }

  grantAdded(kind: string): void {
    this.granted.inc({ kind });
  }

  grantExpired(): void {
    this.expired.inc();
  }

  quoted(outcome: string): void {
    this.quotes.inc({ outcome });
  }

  partitionHalted(where: { topic: string; partition: number; reason: string }): void {
    const { topic, partition, reason } = where;
    this.halted.set({ topic, partition: String(partition), reason }, 1);
  }
}
