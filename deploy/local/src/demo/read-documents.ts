import { z } from 'zod';
import { verifyStatement } from '@farthing/domain/proof/verify-statement';
import type { CycleRun } from './close-month.js';
import type { DemoTenant } from './demo-stack.js';
import { nanosOf } from './read-books.js';

/** What the sealed statements of a run say. */
export interface StatementBooks {
  readonly statements: number;
  readonly verified: number;
  /** Sum of all their leaves. */
  readonly leaves: bigint;
  /** What the verifier said of a file in which one digit of one charge was changed. */
  readonly forgery: {
    readonly customer: string;
    readonly caught: boolean;
    readonly charge: string;
  };
}

export interface InvoiceBooks {
  readonly invoices: number;
  readonly net: bigint;
  readonly paid: bigint;
  readonly carriedForward: bigint;
  /** Sum of the open ones. */
  readonly residual: bigint;
  /** The invoice of the largest total. */
  readonly largest: string | undefined;
}

const IN_PARALLEL = 8;

const statementSchema = z.object({ id: z.string(), customer: z.string(), sum: z.string() });
const invoiceSchema = z.object({ id: z.string(), net: z.string(), total: z.string() });
const residualSchema = z.object({ amount: z.string() });
const totalsSchema = z.object({
  totals: z.array(z.object({ paid: z.string(), carriedForward: z.string() })),
});
const leafSchema = z.object({ leaf: z.object({ id: z.string(), amount: z.string() }) });

/** Gets every statement file of a run, verifies it as its payer would, and forges one. */
export async function readStatements(
  { api }: DemoTenant,
  run: CycleRun,
  onProgress: (verified: number) => void,
): Promise<StatementBooks> {
  const list: Array<z.infer<typeof statementSchema>> = [];
  for await (const item of api.pages(`/v1/statements?run=${run.id}&limit=1000`, statementSchema)) {
    list.push(item);
  }
  const largest = list.reduce((a, b) => (nanosOf(b.sum) > nanosOf(a.sum) ? b : a), list[0]!);
  let verified = 0;
  let leaves = 0n;
  let forgery: StatementBooks['forgery'] | undefined;
  const waiting = [...list];
  const worker = async () => {
    for (let item = waiting.pop(); item; item = waiting.pop()) {
      const file = await api.text(`/v1/statements/${item.id}/file`);
      const lines = linesOf(file);
      if (verifyStatement(lines).outcome === 'verified') verified += 1;
      for (const line of lines.slice(1)) leaves += nanosOf(leafSchema.parse(line).leaf.amount);
      if (item === largest) forgery = forge(item.customer, lines);
      onProgress(verified);
    }
  };
  await Promise.all(Array.from({ length: IN_PARALLEL }, worker));
  if (!forgery) throw new Error(`run ${run.id} has no statement`);
  return { statements: list.length, verified, leaves, forgery };
}

/** Changes the last digit of the first charge's amount, as someone who edits the file would. */
function forge(customer: string, lines: readonly unknown[]): StatementBooks['forgery'] {
  const forged = structuredClone(lines);
  const { leaf } = forged[1] as { leaf: { id: string; amount: string } };
  const last = Number(leaf.amount.at(-1));
  leaf.amount = `${leaf.amount.slice(0, -1)}${(last + 1) % 10}`;
  const { outcome, problems } = verifyStatement(forged);
  const named = problems.some((problem) => 'charge' in problem && problem.charge === leaf.id);
  return { customer, caught: outcome === 'failed' && named, charge: leaf.id };
}

export async function readInvoices({ api }: DemoTenant, run: CycleRun): Promise<InvoiceBooks> {
  let invoices = 0;
  let net = 0n;
  let largest: { id: string; total: bigint } | undefined;
  for await (const item of api.pages(`/v1/invoices?run=${run.id}&limit=1000`, invoiceSchema)) {
    const total = nanosOf(item.total);
    invoices += 1;
    net += nanosOf(item.net);
    if (!largest || total > largest.total) largest = { id: item.id, total };
  }
  let residual = 0n;
  for await (const item of api.pages('/v1/residuals?limit=1000', residualSchema)) {
    residual += nanosOf(item.amount);
  }
  const { totals } = await api.json(`/v1/cycle-runs/${run.id}`, totalsSchema);
  const sum = (pick: (total: (typeof totals)[number]) => string) =>
    totals.reduce((all, total) => all + nanosOf(pick(total)), 0n);
  return {
    invoices,
    net,
    residual,
    paid: sum((total) => total.paid),
    carriedForward: sum((total) => total.carriedForward),
    largest: largest?.id,
  };
}

function linesOf(file: string): unknown[] {
  return file
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
