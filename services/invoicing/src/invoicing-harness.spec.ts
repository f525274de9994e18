import { fromBinary } from '@bufbuild/protobuf';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neverCrash, type CrashPoint } from '@farthing/adapters/config/crash-point';
import type { RecordBatch } from '@farthing/adapters/kafka/batch-handler';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import type { FailureClass } from '@farthing/adapters/postgres/failure-class';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import { DocumentMessageSchema } from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import type { CatalogEntry } from '@farthing/contracts/catalog/catalog-message';
import type { Tenant } from '@farthing/contracts/catalog/catalog-things';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import type { Invoice } from '@farthing/domain/invoice/finalize-invoice';
import type { Price } from '@farthing/domain/pricing/price';
import type { StatementHeader } from '@farthing/domain/proof/statement';
import { verifyStatement, type StatementVerdict } from '@farthing/domain/proof/verify-statement';
import { fixedClock, type FixedClock } from '@farthing/testing/fixed-clock';
import { createTestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { applyPaidMessages } from './charges/apply-paid-messages.js';
import { applyRatedMessages } from './charges/apply-rated-messages.js';
import { MessageIntake } from './charges/message-intake.js';
import { paidFromBytes } from './charges/paid-charges.consumer.js';
import { ratedFromBytes } from './charges/rated-charges.consumer.js';
import { changeRun, startRun, type RunChange } from './cycle-runs/change-run.js';
import type { CycleRun } from './cycle-runs/cycle-run.js';
import { CycleRunner } from './cycle-runs/cycle-runner.js';
import { readRun } from './cycle-runs/cycle-runs.repository.js';
import type { InboundProgress, RunParts } from './cycle-runs/run-parts.js';
import type { SigningKey } from '@farthing/adapters/signing/ed25519-key';
import { loadSigningKey } from './keys/signing-key.js';
import { publishKey } from './keys/signing-keys.repository.js';
import { createInvoicingMetrics } from './metrics.js';
import { monthStart, PARTITIONS, Pipe, TENANT, type PipeMessage } from './pipe-harness.spec.js';
import { openStatement, statementFile } from './statements/statement-file.js';

export function tenantThing(given: Partial<Tenant> = {}): CatalogEntry['thing'] {
  const tenant: Tenant = {
    id: TENANT,
    version: 1,
    name: 'Acme',
    twinOf: '',
    unknownCustomers: 'create',
    defaults: {
      plan: 'standard',
      currency: 'USD',
      schedule: { anchorAt: monthStart(0), interval: 'month', timeZone: 'UTC' },
      funding: 'postpaid',
    },
    graceSeconds: 0,
    minimumInvoiceNanos: 0n,
    roundingMode: 'half_up',
    taxRates: [],
    taxInclusive: false,
    ...given,
  };
  return { kind: 'tenant', tenant };
}

export function priceThing(given: Partial<Price> = {}): CatalogEntry['thing'] {
  const price: Price = {
    tenant: TENANT,
    key: 'articles',
    version: 1,
    meterKey: 'articles',
    currency: 'USD',
    model: { kind: 'per_unit', unitPrice: '0.003333333' },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: 'Articles read',
    ...given,
  };
  return { kind: 'price', price };
}

export function batchOf(
  topic: string,
  message: { readonly partition: number; readonly offset: bigint },
  value: Buffer,
): RecordBatch {
  const record = { offset: message.offset, key: null, value, headers: {}, appendedAtMs: 0 };
  return {
    topic,
    partition: message.partition,
    records: [record],
    highWatermark: message.offset + 1n,
    heartbeat: () => Promise.resolve(),
    isRunning: () => true,
    isStale: () => false,
    seek: () => undefined,
  };
}

/** What a process that dies throws in a spec: nothing may catch it but the spec. */
export class Died extends Error {
  readonly failureClass: FailureClass = 'transient';
}

export interface Process {
  readonly runner: CycleRunner;
  readonly parts: RunParts;
  take(messages: readonly PipeMessage[]): Promise<void>;
  takeRated(message: PipeMessage, bytes?: Buffer): Promise<void>;
}

/** Columns that tell when and by whom, which two runs of the same do not share. */
const OF_PROCESS = new Set(['recorded_at', 'published_at', 'leased_until', 'holder']);

/** One database, and processes of the service that come and go. */
export class Harness {
  readonly view = new CatalogView();
  readonly pipe = new Pipe(PARTITIONS);
  readonly clock: FixedClock = fixedClock(monthStart(12));
  inbound: InboundProgress = {
    endsOf: () => Promise.resolve(new Map()),
    committedOf: () => Promise.resolve(new Map()),
  };

  private constructor(
    readonly api: DataSource,
    readonly batch: DataSource,
    readonly admin: pg.Client,
    readonly signingKey: SigningKey,
    private readonly closers: readonly (() => Promise<unknown>)[],
  ) {}

  static async create(things: readonly CatalogEntry['thing'][]): Promise<Harness> {
    const database = await createTestDatabase({ services: ['invoicing'] });
    const urls = database.urlsOf('invoicing');
    const logger = createLogger({ service: 'spec', level: 'silent' });
    const rest = { schema: 'invoicing', applicationName: 'spec', logger, poolSize: 4 };
    const api = await createDataSource({ ...rest, url: urls.api });
    const batch = await createDataSource({ ...rest, url: urls.batch });
    const admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query('set search_path = invoicing');
    const folder = await mkdtemp(join(tmpdir(), 'farthing-keys-'));
    const signingKey = await loadSigningKey(folder);
    const harness = new Harness(api, batch, admin, signingKey, [
      () => api.destroy(),
      () => batch.destroy(),
      () => admin.end(),
      () => database.drop(),
      () => rm(folder, { recursive: true }),
    ]);
    await runInTransaction(batch, {}, (tx) => publishKey(tx, signingKey, monthStart(0)));
    for (const thing of things) harness.learn(thing);
    return harness;
  }

  async close(): Promise<void> {
    for (const close of this.closers) await close();
  }

  learn(thing: CatalogEntry['thing']): void {
    this.view.apply({ catalogVersion: this.view.version + 1, thing });
  }

  process(crashPoint: CrashPoint = neverCrash): Process {
    const { batch: dataSource, clock, signingKey, view } = this;
    const parts: RunParts = {
      dataSource,
      clock,
      crashPoint,
      signingKey,
      catalog: {
        view,
        readToEndAsOfNow: () => Promise.resolve(),
        waitFor: () => Promise.resolve(),
      },
      inbound: this.inbound,
      partitions: PARTITIONS,
      shardSize: 2,
      holder: randomUUID(),
      leaseMs: 50,
      notify: () => undefined,
    };
    const logger = createLogger({ service: 'spec', level: 'silent' });
    const metrics = createInvoicingMetrics(createMetricsRegistry({ service: 'spec' }));
    const rated = new MessageIntake({
      dataSource,
      crashPoint,
      offsets: offsetsOf(dataSource, GROUPS.invoicingRated, TOPICS.chargesRated),
      decode: ratedFromBytes,
      apply: applyRatedMessages,
      onApplied: () => undefined,
    });
    const paid = new MessageIntake({
      dataSource,
      crashPoint,
      offsets: offsetsOf(dataSource, GROUPS.invoicingPaid, TOPICS.chargesPaid),
      decode: paidFromBytes,
      apply: applyPaidMessages,
      onApplied: () => undefined,
    });
    const takeRated = (message: PipeMessage, bytes = message.rated) =>
      rated.take(batchOf(TOPICS.chargesRated, message, bytes));
    return {
      parts,
      runner: new CycleRunner({ parts, logger, metrics }),
      takeRated,
      take: async (messages) => {
        for (const message of messages) {
          await takeRated(message);
          await paid.take(batchOf(TOPICS.chargesPaid, message, message.paid));
        }
      },
    };
  }

  /** Asks for a run as the API does. */
  async ask(closesBefore: number, tenant = TENANT): Promise<CycleRun> {
    const now = this.clock.nowMicros();
    const outcome = await runAsTenant(this.api, { tenantId: tenant }, (tx) =>
      startRun(tx, { tenant, closesBefore, now }),
    );
    if (outcome.outcome === 'refused') throw new Error(outcome.reason);
    return outcome.run;
  }

  async run({ tenant, id }: CycleRun): Promise<CycleRun> {
    const run = await runAsTenant(this.api, { tenantId: tenant }, (tx) =>
      readRun(tx, { tenant, id }),
    );
    return run!;
  }

  /** From the barrier to the end, with nobody dying. */
  async closeMonth(month: number): Promise<CycleRun> {
    const process = this.process();
    await process.take(this.pipe.flush());
    const run = await this.ask(monthStart(month + 1));
    await process.runner.moveAll();
    await process.take(this.pipe.barrier(run));
    await process.runner.moveAll();
    return this.run(run);
  }

  /** A person's decision, as the API takes it. */
  change(run: CycleRun, change: RunChange) {
    const catalogVersion = this.view.version;
    return runAsTenant(this.api, { tenantId: run.tenant }, (tx) =>
      changeRun(tx, run, { change, catalogVersion }),
    );
  }

  /** The barriers that went to the log, decoded. */
  async barriers() {
    const { rows } = await this.admin.query<{ partition: number; value: Buffer }>(
      `select partition, value from outbox where topic = $1 order by partition, number`,
      [TOPICS.usageAccepted],
    );
    return rows.map(({ partition, value }) => {
      const record = decodeUsageRecord(value);
      if (record.case !== 'control' || record.control.case !== 'barrier') throw new Error('what?');
      return { partition, barrier: record.control.value };
    });
  }

  /** What wallets are told, decoded. */
  async documentMessages() {
    const { rows } = await this.admin.query<{ value: Buffer }>(
      'select value from outbox where topic = $1 order by partition, number',
      [TOPICS.documents],
    );
    return rows.map(({ value }) => fromBinary(DocumentMessageSchema, value));
  }

  async invoices(tenant = TENANT): Promise<Invoice[]> {
    const { rows } = await this.admin.query<{ document: string }>(
      `select document from invoices where tenant = $1 order by number`,
      [tenant],
    );
    return rows.map(({ document }) => JSON.parse(document) as Invoice);
  }

  /** The file of every sealed statement, by id. */
  async files(tenant = TENANT): Promise<Map<string, string>> {
    const { rows } = await this.admin.query<{ statement: string }>(
      `select statement from run_statements where tenant = $1 order by statement`,
      [tenant],
    );
    const files = new Map<string, string>();
    for (const { statement } of rows) {
      const opened = await openStatement({ dataSource: this.api }, tenant, statement);
      let file = '';
      for await (const text of statementFile({ dataSource: this.api }, tenant, opened!)) {
        file += text;
      }
      files.set(statement, file);
    }
    return files;
  }

  verify(file: string): StatementVerdict {
    const lines = file
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const { keyId, publicKey } = this.signingKey;
    return verifyStatement(lines, [{ keyId, publicKey }]);
  }

  /** Every row of every table but for when it was written, leased or sent. */
  async everything(): Promise<Record<string, unknown[]>> {
    const { rows: tables } = await this.admin.query<{ name: string }>(
      `select table_name as name from information_schema.tables
        where table_schema = 'invoicing' order by table_name`,
    );
    const all: Record<string, unknown[]> = {};
    for (const { name } of tables) {
      const { rows } = await this.admin.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(t) as row from ${name} t order by to_jsonb(t)::text collate "C"`,
      );
      all[name] = rows.map(({ row }) => {
        return Object.fromEntries(
          Object.entries(row).filter(([column]) => !OF_PROCESS.has(column)),
        );
      });
    }
    return all;
  }
}

function offsetsOf(dataSource: DataSource, consumer: string, topic: string): PartitionOffsets {
  return new PartitionOffsets(dataSource, { consumer, topic });
}

/** The first line of a statement's file. */
export function headerOf(file: string): StatementHeader {
  return JSON.parse(file.slice(0, file.indexOf('\n'))) as StatementHeader;
}
