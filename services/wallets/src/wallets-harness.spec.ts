import { create, toBinary } from '@bufbuild/protobuf';
import { neverCrash, type CrashPoint } from '@farthing/adapters/config/crash-point';
import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import type { RecordProducer, SendRequest } from '@farthing/adapters/kafka/record-producer';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import {
  DocumentMessageSchema,
  type DocumentMessage,
} from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { Funding, Interval } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { decodePaidMessage, type DecodedPaidMessage } from '@farthing/contracts/wire/paid-message';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import {
  encodeRatedMessage,
  type RatedMessageContent,
} from '@farthing/contracts/wire/rated-message';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import type { DataSource } from 'typeorm';
import { RatedCharges } from './charge/rated-charges.js';
import { Documents } from './document/documents.js';
import { addGrant, type AddGrant } from './grant/add-grant.js';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import { Metrics } from './metrics.js';
import { PaidPublisher } from './paid/paid-publisher.js';

export const JANUARY = Date.UTC(2026, 0, 1) * 1_000;
export const FEBRUARY = Date.UTC(2026, 1, 1) * 1_000;
export const UNIT = 1_000_000_000n;
export const PARTITION = 3;

/** A charge of `acme`'s customer `alice`, wholly the tenant's, unless said otherwise. */
export function charge(
  given: Partial<RatedCharge> & { readonly offset: bigint; readonly amountNanos: bigint },
): RatedCharge {
  return {
    index: 0,
    n: 0,
    tenant: 'acme',
    customer: 'alice',
    currency: 'USD',
    kind: ChargeKind.USAGE,
    corrects: '',
    source: 'spec',
    eventId: `${given.offset}-${given.index ?? 0}`,
    type: 'article.read',
    meter: 'reads',
    price: 'per_read',
    priceVersion: 1,
    cell: '',
    occurredAt: JANUARY + 1_000_000 * Number(given.offset),
    usageFrom: JANUARY,
    usageTo: FEBRUARY,
    bookingFrom: JANUARY,
    bookingTo: FEBRUARY,
    quantityBefore: 0n,
    quantityAfter: UNIT,
    quoteDifferenceNanos: 0n,
    bodyHash: new Uint8Array(32),
    shares: [],
    ...given,
  };
}

export type Funded = 'prepaid' | 'postpaid' | 'prepaidThenPostpaid';

const FUNDINGS = {
  prepaid: Funding.PREPAID,
  postpaid: Funding.POSTPAID,
  prepaidThenPostpaid: Funding.PREPAID_THEN_POSTPAID,
} as const;

export function introduces(
  offset: bigint,
  given: {
    readonly customer?: string;
    readonly tenant?: string;
    readonly funding?: Funded;
    readonly version?: bigint;
    readonly plan?: string;
    readonly priceOverrides?: string[];
  } = {},
): RatedMessageContent['echoes'][number] {
  const value = {
    tenant: given.tenant ?? 'acme',
    customer: given.customer ?? 'alice',
    version: given.version ?? 0n,
    currency: 'USD',
    plan: given.plan ?? 'standard',
    priceOverrides: given.priceOverrides ?? [],
    timeZone: 'UTC',
    interval: Interval.MONTH,
    funding: FUNDINGS[given.funding ?? 'postpaid'],
  };
  return { offset, index: 0, record: { case: 'customerChanged', value } };
}

export function barrier(
  offset: bigint,
  runId: string,
  tenant = 'acme',
): RatedMessageContent['echoes'][number] {
  const closesBeforeMicros = BigInt(FEBRUARY);
  return {
    offset,
    index: 1,
    record: { case: 'barrierPassed', value: { runId, tenant, closesBeforeMicros } },
  };
}

/** The bytes of a rated message over whole offsets [from, to) of a partition. */
export function rated(
  [from, to]: readonly [bigint, bigint],
  content: {
    readonly charges?: readonly RatedCharge[];
    readonly echoes?: RatedMessageContent['echoes'];
    readonly partition?: number;
  },
): Buffer {
  const partition = content.partition ?? PARTITION;
  const at = (offset: bigint) => ({ generation: 1, partition, offset, index: 0 });
  return encodeRatedMessage({
    from: at(from),
    to: at(to),
    echoes: content.echoes ?? [],
    appliedHolds: [],
    charges: content.charges ?? [],
  });
}

export function documentBytes(given: {
  readonly commandId: string;
  readonly event: DocumentMessage['event'];
  readonly customer?: string;
}): Buffer {
  const message = create(DocumentMessageSchema, {
    schemaVersion: 1,
    tenant: 'acme',
    customer: given.customer ?? 'alice',
    invoiceId: 'inv_1',
    currency: 'USD',
    bookedAtMicros: BigInt(FEBRUARY),
    commandId: given.commandId,
    event: given.event,
  });
  return Buffer.from(toBinary(DocumentMessageSchema, message));
}

/** A broker's end of a topic, as far as these specs need one: what was sent, in order. */
export class SentRecords implements RecordProducer {
  readonly values: Buffer[] = [];

  send(request: SendRequest): Promise<bigint> {
    this.values.push(...request.records.map(({ value }) => value!));
    return Promise.resolve(BigInt(this.values.length - 1));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  messages(): DecodedPaidMessage[] {
    return this.values.map((value) => decodePaidMessage(value));
  }
}

/** One process's worth of consumers on a real database, fed by hand. */
export interface Worker {
  readonly rated: RatedCharges;
  readonly documents: Documents;
  readonly publisher: PaidPublisher;
  /** Applies records as one fetch would bring them; answers in how many transactions. */
  apply(log: readonly Buffer[], partition?: number): Promise<number>;
  applyDocuments(log: readonly Buffer[], partition?: number): Promise<void>;
}

export interface WalletsDatabase {
  readonly database: TestDatabase;
  readonly api: DataSource;
  readonly batch: DataSource;
  readonly auditor: DataSource;
  readonly metrics: Metrics;
  worker(sent: SentRecords, crashPoint?: CrashPoint): Worker;
  grant(
    given: Partial<AddGrant> & { readonly id: string; readonly body: AddGrant['body'] },
  ): Promise<void>;
  close(): Promise<void>;
}

export const quiet = createLogger({ service: 'wallets', level: 'silent' });

function open(url: string): Promise<DataSource> {
  return createDataSource({ url, schema: 'wallets', applicationName: 'spec', logger: quiet });
}

export async function openWalletsDatabase(): Promise<WalletsDatabase> {
  const database = await createTestDatabase({ services: ['wallets'] });
  const urls = database.urlsOf('wallets');
  const [api, batch, auditor] = await Promise.all([
    open(urls.api),
    open(urls.batch),
    open(database.auditorUrl),
  ]);
  const metrics = new Metrics(createMetricsRegistry({ service: 'wallets' }));
  return {
    database,
    api,
    batch,
    auditor,
    metrics,
    worker: (sent, crashPoint = neverCrash) => workerOn(batch, { sent, crashPoint, metrics }),
    grant: async (given) => {
      const command: AddGrant = {
        tenant: 'acme',
        customer: 'alice',
        partition: PARTITION,
        now: JANUARY,
        ...given,
      };
      const added = await runAsTenant(api, { tenantId: command.tenant }, (tx) =>
        addGrant(tx, command),
      );
      if (added.outcome === 'refused') throw new Error(added.reason);
    },
    close: async () => {
      await Promise.all([api, batch, auditor].map((each) => each.destroy()));
      await database.drop();
    },
  };
}

function workerOn(
  batch: DataSource,
  given: { readonly sent: SentRecords; readonly crashPoint: CrashPoint; readonly metrics: Metrics },
): Worker {
  const { sent, crashPoint, metrics } = given;
  const shared = { dataSource: batch, metrics, crashPoint };
  const publisher = new PaidPublisher({ ...shared, producer: sent, logger: quiet });
  const offsetsOf = (consumer: string, topic: string) =>
    new PartitionOffsets(batch, { consumer, topic });
  const ratedCharges = new RatedCharges({
    ...shared,
    publisher,
    offsets: offsetsOf(GROUPS.walletsRated, TOPICS.chargesRated),
  });
  const documents = new Documents({
    ...shared,
    offsets: offsetsOf(GROUPS.walletsDocuments, TOPICS.documents),
  });
  return {
    publisher,
    documents,
    rated: ratedCharges,
    apply: async (log, partition = PARTITION) => {
      const cursor = ratedCharges.cursor(partition);
      let transactions = 0;
      for (let more = true; more; transactions += 1)
        more = await ratedCharges.applySome(cursor, (next) => recordsFrom(log, next));
      await publisher.idle();
      return transactions;
    },
    applyDocuments: async (log, partition = PARTITION) => {
      await documents.applySome(partition, (next) => recordsFrom(log, next));
    },
  };
}

function recordsFrom(log: readonly Buffer[], nextOffset: bigint): ConsumedRecord[] {
  return log
    .map((value, at) => ({ offset: BigInt(at), key: null, value, headers: {}, appendedAtMs: 0 }))
    .filter(({ offset }) => offset >= nextOffset);
}

/** What the accounts of kinds hold, each on its own side: `{ 'wallet/alice/g1': 1000000000n }`. */
export async function balancesIn(
  auditor: DataSource,
  tenant = 'acme',
): Promise<Record<string, bigint>> {
  const rows = await auditor.query<{ name: string; kind: string; sum: string }[]>(
    `select concat_ws('/', a.kind, nullif(a.owner, ''), nullif(a.grant_id, '')) as name, a.kind,
            sum(case when e.debit then e.amount else -e.amount end) as sum
       from entries e join accounts a on a.tenant = e.tenant and a.id = e.account_id
      where a.tenant = $1::text group by 1, 2 order by 1`,
    [tenant],
  );
  const debitSide = new Set(['receivable', 'billed', 'cash', 'promotions', 'rounding']);
  return Object.fromEntries(
    rows.map(({ name, kind, sum }) => [name, debitSide.has(kind) ? BigInt(sum) : -BigInt(sum)]),
  );
}

/** What must hold after whatever happened: books balance, and stored balances are the sums of their entries. */
export async function assertSoundBooks(auditor: DataSource): Promise<void> {
  const faults = await auditor.query<unknown[]>(
    `select 'unbalanced' as fault, e.tenant, a.currency, e.transaction_id::text as what
       from entries e join accounts a on a.tenant = e.tenant and a.id = e.account_id
      group by e.tenant, a.currency, e.transaction_id
     having sum(case when e.debit then e.amount else -e.amount end) <> 0
      union all
     select 'not zero', 'all', a.currency, 'all'
       from entries e join accounts a on a.tenant = e.tenant and a.id = e.account_id
      group by a.currency having sum(case when e.debit then e.amount else -e.amount end) <> 0
      union all
     select 'balance', tenant, account_id::text, partition::text
       from (select t.tenant, e.account_id, t.partition,
                    sum(case when e.debit then e.amount else -e.amount end) as sum
               from entries e join ledger_transactions t on t.tenant = e.tenant and t.id = e.transaction_id
              group by t.tenant, e.account_id, t.partition) as entered
       full join balances using (tenant, account_id, partition)
      where coalesce(sum, 0) <> coalesce(debits_minus_credits, 0)
      union all
     select 'overspent', b.tenant, g.id, b.debits_minus_credits::text
       from grants g join balances b on b.tenant = g.tenant and b.account_id = g.account_id
      where b.debits_minus_credits > 0
      union all
     select 'ranges do not tile', 'all', partition::text, from_offset::text
       from (select *, lag((to_offset, to_index)) over w as before from paid_messages
              window w as (partition by generation, partition order by from_offset, from_index)) as tiled
      where before is not null and before <> (from_offset, from_index)`,
  );
  if (faults.length > 0) throw new Error(`the books are wrong: ${JSON.stringify(faults)}`);
}

/** The barriers in order; what was sent twice counts once. */
export function distinctBarriers(records: SentRecords) {
  const passed = records
    .messages()
    .flatMap(({ echoes }) =>
      echoes.flatMap(({ record }) => (record.case === 'barrierPassed' ? [record.value] : [])),
    );
  return passed.filter(({ runId }, at) => passed.findIndex((one) => one.runId === runId) === at);
}

/** The body of a grant of paid credit, usable from the moment it is made. */
export function credit(amount: bigint, currency = 'USD'): AddGrant['body'] {
  return { amount: { amount, currency }, kind: 'paid', priority: 100 };
}
