import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { DraftInvoice } from '@farthing/domain/invoice/draft-invoice';
import { finalizeInvoice } from '@farthing/domain/invoice/finalize-invoice';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { billingSettings, type BillingSettings } from '../invoices/billing-settings.js';
import { draftPeriod, type BookedPeriod } from '../invoices/draft-period.js';
import { insertDrafts, sumDrafts, type DraftToStore } from '../invoices/drafts.repository.js';
import {
  customerCurrencyId,
  readBalances,
  readOpenPeriods,
  readPeriodLines,
  readTrailingInvoices,
} from '../invoices/period-inputs.repository.js';
import { reasonToPark } from '../invoices/safety-bounds.js';
import { sealStatement } from '../statements/seal-statement.js';
import {
  insertStatements,
  readLeafHashes,
  readPreviousHashes,
  type StatementToStore,
} from '../statements/statements.repository.js';
import { isStill } from './collect-run.js';
import { RunFault, type CycleRun } from './cycle-run.js';
import { beginReview } from './cycle-runs.repository.js';
import { runStep, type RunParts } from './run-parts.js';
import type { RunShard } from './run-shards.repository.js';
import { workOnShards } from './work-on-shards.js';

/** Seals the statements and drafts the invoices, from sums and stored hashes and never from events. */
export async function draftRun(parts: RunParts, run: CycleRun): Promise<boolean> {
  const catalogVersion = run.catalogVersion ?? 0;
  await parts.catalog.waitFor(catalogVersion);
  const settings = billingSettings(parts.catalog.view, run.tenant, catalogVersion);
  if (!settings) throw new RunFault(`the catalog has no tenant ${run.tenant}`);
  const { allDone, worked } = await workOnShards(parts, run, 'drafting', (tx, shard) =>
    draftShard(tx, { run, shard, settings }),
  );
  if (!allDone) return worked;
  return runStep(parts, async (tx) => {
    if (!(await isStill(tx, run))) return false;
    await beginReview(tx, run, await sumDrafts(tx, run));
    return true;
  });
}

interface ShardToDraft {
  readonly run: CycleRun;
  readonly shard: RunShard;
  readonly settings: BillingSettings;
}

async function draftShard(tx: Transaction, { run, shard, settings }: ShardToDraft): Promise<void> {
  const { tenant, closesBefore } = run;
  const periods = await readOpenPeriods(tx, tenant, { ...shard, closesBefore });
  const statements = await sealPeriods(tx, tenant, periods);
  await insertStatements(tx, tenant, statements);
  const roots = new Map(
    statements.map(({ sealed }) => [sealed.statement.id, sealed.statement.root]),
  );
  const names = periods.map(({ statement }) => statement);
  const lines = await readPeriodLines(tx, tenant, names);
  const first = firstPeriods(periods);
  const trailing = await readTrailingInvoices(tx, tenant, [...first.values()]);
  const customers = new Set(periods.map(({ customer }) => customer));
  const open = await readBalances(tx, tenant, [...customers]);
  const drafts: DraftToStore[] = [];
  periods.forEach((period, at) => {
    const id = customerCurrencyId(period);
    const previous = open.get(id) ?? [];
    const outcome = draftPeriod(period, lines.get(period.statement) ?? [], { previous, settings });
    if (outcome.outcome === 'refused') throw new RunFault(`${outcome.reason}: ${outcome.detail}`);
    const { draft } = outcome;
    open.set(id, [...draft.balances]);
    const next = periods[at + 1];
    const isInvoice = draft.disposition === 'invoice';
    drafts.push({
      statement: period.statement,
      draft,
      document: isInvoice ? unnumbered(draft, run, { period, roots }) : undefined,
      parkedFor: isInvoice ? parkedFor(draft, trailing.get(id)) : undefined,
      latest: !next || customerCurrencyId(next) !== id,
    });
  });
  await insertDrafts(tx, run, drafts);
}

/** Statements of one customer and currency chain, also within one run. */
async function sealPeriods(
  tx: Transaction,
  tenant: string,
  periods: readonly BookedPeriod[],
): Promise<StatementToStore[]> {
  const names = periods.map(({ statement }) => statement);
  const leafHashes = await readLeafHashes(tx, tenant, names);
  const previous = await readPreviousHashes(tx, tenant, [...firstPeriods(periods).values()]);
  return periods.map((period) => {
    const id = customerCurrencyId(period);
    const toSeal = { ...period, previous: previous.get(id) ?? '' };
    const hashes = leafHashes.get(period.statement) ?? [];
    const sealed = sealStatement({ ...toSeal, leafHashes: hashes });
    previous.set(id, Buffer.from(sealed.hash).toString('hex'));
    return { toSeal, sealed };
  });
}

/** The earliest period of each customer and currency, by `customerCurrencyId`. */
function firstPeriods(periods: readonly BookedPeriod[]): Map<string, BookedPeriod> {
  const first = new Map<string, BookedPeriod>();
  for (const period of periods) {
    const id = customerCurrencyId(period);
    if (!first.has(id)) first.set(id, period);
  }
  return first;
}

/** All of the document but what finalizing gives it. */
function unnumbered(
  draft: DraftInvoice,
  run: CycleRun,
  { period, roots }: { period: BookedPeriod; roots: ReadonlyMap<string, string> },
): string {
  const statement = { id: period.statement, root: roots.get(period.statement)! };
  const {
    number: _number,
    issueDate: _issueDate,
    ...rest
  } = finalizeInvoice(draft, {
    number: '',
    issueDate: '',
    run: run.id,
    statement,
  });
  return canonicalJson({ ...rest, lines: rest.lines.map(plain), taxes: rest.taxes.map(plain) });
}

function parkedFor(
  { totalNanos, lines, period }: DraftInvoice,
  before: Parameters<typeof reasonToPark>[1],
): string | undefined {
  return reasonToPark({ totalNanos, lines: lines.length, ...period }, before);
}

/** An interface has no index signature, which canonical values need. */
function plain<T extends object>(value: T): { [Name in keyof T]: T[Name] } {
  return { ...value };
}
