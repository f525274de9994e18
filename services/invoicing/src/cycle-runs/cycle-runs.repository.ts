import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { CycleRun, CycleRunState, RunTotal } from './cycle-run.js';

export interface RunKey {
  readonly tenant: string;
  readonly id: string;
}

interface CycleRunRow {
  readonly tenant: string;
  readonly run: string;
  readonly closes_before_micros: string;
  readonly state: CycleRunState;
  readonly paused: boolean;
  readonly approved: boolean;
  readonly fault: string | null;
  readonly inbound_targets: string | null;
  readonly barriers_sent: boolean;
  readonly partitions: number | null;
  readonly catalog_version: string | null;
  readonly customers: string | null;
  readonly statements: string | null;
  readonly invoices: string | null;
  readonly parked: string | null;
  readonly totals: string | null;
  readonly issue_date: string | null;
}

const COLUMNS = `tenant, run, closes_before_micros, state, paused, approved, fault, inbound_targets, barriers_sent,
  partitions, catalog_version, customers, statements, invoices, parked, totals, issue_date`;

/** False when the run exists. */
export async function insertRun(
  tx: Transaction,
  { tenant, id, closesBefore }: RunKey & { readonly closesBefore: Micros },
): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into cycle_runs (tenant, run, closes_before_micros)
     values ($1::text, $2::text, $3::bigint) on conflict do nothing`,
    [tenant, id, closesBefore],
  );
  return inserted === 1;
}

export async function readRun(
  tx: Transaction,
  { tenant, id }: RunKey,
): Promise<CycleRun | undefined> {
  const [row] = await tx.query<CycleRunRow>(
    `select ${COLUMNS} from cycle_runs where tenant = $1::text and run = $2::text`,
    [tenant, id],
  );
  return row && cycleRunFromRow(row);
}

/** The same under the row's lock: whoever moves a run holds it. */
export async function lockRun(
  tx: Transaction,
  { tenant, id }: RunKey,
): Promise<CycleRun | undefined> {
  const [row] = await tx.query<CycleRunRow>(
    `select ${COLUMNS} from cycle_runs where tenant = $1::text and run = $2::text for update`,
    [tenant, id],
  );
  return row && cycleRunFromRow(row);
}

/** Keeps the state of the run while shards of it are worked on, by several at once. */
export async function shareRun(
  tx: Transaction,
  { tenant, id }: RunKey,
): Promise<CycleRun | undefined> {
  const [row] = await tx.query<CycleRunRow>(
    `select ${COLUMNS} from cycle_runs where tenant = $1::text and run = $2::text for share`,
    [tenant, id],
  );
  return row && cycleRunFromRow(row);
}

/** Latest instant first. */
export async function listRuns(
  tx: Transaction,
  tenant: string,
  page: { readonly before: readonly [Micros, string] | undefined; readonly limit: number },
): Promise<CycleRun[]> {
  const rows = await tx.query<CycleRunRow>(
    `select ${COLUMNS} from cycle_runs
      where tenant = $1::text
        and ($2::bigint is null or (closes_before_micros, run) < ($2::bigint, $3::text))
      order by closes_before_micros desc, run desc limit $4::integer`,
    [tenant, page.before?.[0] ?? null, page.before?.[1] ?? null, page.limit],
  );
  return rows.map(cycleRunFromRow);
}

/** Runs that can move, of all tenants; the earliest of each tenant first. */
export async function findMovingRuns(tx: Transaction): Promise<RunKey[]> {
  return tx.query<RunKey>(
    `select tenant, run as id from cycle_runs
      where state not in ('finalized', 'abandoned') and not paused
      order by tenant, (state = 'scheduled'), closes_before_micros, run`,
  );
}

export async function hasRunInHand(tx: Transaction, tenant: string): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from cycle_runs
      where tenant = $1::text and state in ('collecting', 'drafting', 'review', 'finalizing')`,
    [tenant],
  );
  return rows.length > 0;
}

export async function beginCollecting(
  tx: Transaction,
  { tenant, id }: RunKey,
  facts: {
    readonly partitions: number;
    readonly inboundTargets: NonNullable<CycleRun['inboundTargets']>;
  },
): Promise<void> {
  await tx.execute(
    `update cycle_runs
        set state = 'collecting', partitions = $3::integer, inbound_targets = $4::text
      where tenant = $1::text and run = $2::text`,
    [tenant, id, facts.partitions, targetsToText(facts.inboundTargets)],
  );
}

export async function markBarriersSent(tx: Transaction, { tenant, id }: RunKey): Promise<void> {
  await tx.execute(
    `update cycle_runs set barriers_sent = true where tenant = $1::text and run = $2::text`,
    [tenant, id],
  );
}

export async function beginDrafting(
  tx: Transaction,
  { tenant, id }: RunKey,
  facts: { readonly catalogVersion: number; readonly customers: number },
): Promise<void> {
  await tx.execute(
    `update cycle_runs
        set state = 'drafting', catalog_version = $3::bigint, customers = $4::bigint
      where tenant = $1::text and run = $2::text`,
    [tenant, id, facts.catalogVersion, facts.customers],
  );
}

/** After a fault in drafting the catalog may have been put right: what is left is drafted by the new version. */
export async function pinCatalog(
  tx: Transaction,
  { tenant, id }: RunKey,
  catalogVersion: number,
): Promise<void> {
  await tx.execute(
    `update cycle_runs set catalog_version = $3::bigint where tenant = $1::text and run = $2::text`,
    [tenant, id, catalogVersion],
  );
}

export interface DraftedFigures {
  readonly statements: number;
  readonly invoices: number;
  readonly parked: number;
  readonly totals: readonly RunTotal[];
}

export async function beginReview(
  tx: Transaction,
  { tenant, id }: RunKey,
  figures: DraftedFigures,
): Promise<void> {
  await tx.execute(
    `update cycle_runs
        set state = 'review', statements = $3::bigint, invoices = $4::bigint, parked = $5::bigint,
            totals = $6::text
      where tenant = $1::text and run = $2::text`,
    [
      tenant,
      id,
      figures.statements,
      figures.invoices,
      figures.parked,
      totalsToText(figures.totals),
    ],
  );
}

export interface RunSealRow {
  readonly issueDate: string;
  /** Canonical JSON of the seal. */
  readonly seal: string;
  /** base64url. */
  readonly signature: string;
  readonly keyId: string;
}

export async function beginFinalizing(
  tx: Transaction,
  { tenant, id }: RunKey,
  seal: RunSealRow,
): Promise<void> {
  await tx.execute(
    `update cycle_runs
        set state = 'finalizing', issue_date = $3::text, seal = $4::text, signature = $5::text,
            key_id = $6::text
      where tenant = $1::text and run = $2::text`,
    [tenant, id, seal.issueDate, seal.seal, seal.signature, seal.keyId],
  );
}

export async function setState(
  tx: Transaction,
  { tenant, id }: RunKey,
  state: CycleRunState,
): Promise<void> {
  await tx.execute(
    `update cycle_runs set state = $3::text where tenant = $1::text and run = $2::text`,
    [tenant, id, state],
  );
}

/** Resuming forgets the fault: what is still wrong stops the run again. */
export async function setPaused(
  tx: Transaction,
  { tenant, id }: RunKey,
  paused: boolean,
): Promise<void> {
  await tx.execute(
    `update cycle_runs set paused = $3::boolean, fault = case when $3::boolean then fault end
      where tenant = $1::text and run = $2::text`,
    [tenant, id, paused],
  );
}

export async function setApproved(tx: Transaction, { tenant, id }: RunKey): Promise<void> {
  await tx.execute(
    `update cycle_runs set approved = true where tenant = $1::text and run = $2::text`,
    [tenant, id],
  );
}

export async function stopWithFault(
  tx: Transaction,
  { tenant, id }: RunKey,
  fault: string,
): Promise<void> {
  await tx.execute(
    `update cycle_runs set paused = true, fault = $3::text
      where tenant = $1::text and run = $2::text`,
    [tenant, id, fault],
  );
}

function cycleRunFromRow(row: CycleRunRow): CycleRun {
  return {
    id: row.run,
    tenant: row.tenant,
    closesBefore: Number(row.closes_before_micros),
    state: row.state,
    paused: row.paused,
    approved: row.approved,
    fault: row.fault ?? undefined,
    partitions: row.partitions ?? undefined,
    inboundTargets: row.inbound_targets === null ? undefined : targetsFromText(row.inbound_targets),
    barriersSent: row.barriers_sent,
    catalogVersion: countFrom(row.catalog_version),
    customers: countFrom(row.customers),
    statements: countFrom(row.statements),
    invoices: countFrom(row.invoices),
    parked: countFrom(row.parked),
    totals: row.totals === null ? [] : totalsFromText(row.totals),
    issueDate: row.issue_date ?? undefined,
  };
}

function countFrom(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}

function targetsToText(targets: ReadonlyMap<number, bigint>): string {
  return JSON.stringify([...targets].map(([partition, end]) => [partition, end.toString()]));
}

function targetsFromText(text: string): Map<number, bigint> {
  const pairs = JSON.parse(text) as [number, string][];
  return new Map(pairs.map(([partition, end]) => [partition, BigInt(end)]));
}

type TotalTexts = { readonly [Name in keyof RunTotal]: string };

function totalsToText(totals: readonly RunTotal[]): string {
  return JSON.stringify(totals, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function totalsFromText(text: string): RunTotal[] {
  return (JSON.parse(text) as TotalTexts[]).map((total) => ({
    currency: total.currency,
    chargesNanos: BigInt(total.chargesNanos),
    paidNanos: BigInt(total.paidNanos),
    netNanos: BigInt(total.netNanos),
    taxNanos: BigInt(total.taxNanos),
    carriedForwardNanos: BigInt(total.carriedForwardNanos),
    residualNanos: BigInt(total.residualNanos),
  }));
}
