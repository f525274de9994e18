import { fromBinary } from '@bufbuild/protobuf';
import { createCrashPoint, type CrashPointName } from '@farthing/adapters/config/crash-point';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import { DocumentMessageSchema } from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { formatNanos } from '@farthing/domain/money/nanos';
import { chains, type Statement, type StatementHeader } from '@farthing/domain/proof/statement';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CENT,
  Died,
  Harness,
  monthStart,
  PARTITIONS,
  priceThing,
  TENANT,
  tenantThing,
  UNIT,
} from '../invoicing-harness.spec.js';
import { changeRun, type RunChange } from './change-run.js';
import type { CycleRun } from './cycle-run.js';

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.create([tenantThing(), priceThing()]);
});

afterEach(async () => {
  await harness.close();
});

function change(run: CycleRun, what: RunChange) {
  return runAsTenant(harness.api, { tenantId: run.tenant }, (tx) =>
    changeRun(tx, run, { change: what, catalogVersion: harness.view.version }),
  );
}

function headerOf(file: string): StatementHeader {
  return JSON.parse(file.slice(0, file.indexOf('\n'))) as StatementHeader;
}

describe('a cycle run', () => {
  test('closes a month: statements that verify, dense numbers in customer order, documents for wallets', async () => {
    const customers = ['dora', 'anna', 'Zoe', 'ben', 'carl'];
    for (const [at, customer] of customers.entries()) {
      for (let n = 0; n <= at; n += 1) harness.pipe.charge({ customer, amountNanos: 1_234_567n });
      harness.pipe.charge({ customer, amountNanos: 0n });
    }
    const run = await harness.closeMonth(0);

    expect(run).toMatchObject({ state: 'finalized', statements: 5, invoices: 5, parked: 0 });
    expect(run.totals).toMatchObject([{ currency: 'USD', chargesNanos: 15n * 1_234_567n }]);
    const [total] = run.totals;
    expect(total!.netNanos + total!.residualNanos).toBe(total!.chargesNanos);
    const barriers = await harness.barriers();
    expect(barriers.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
    expect(barriers[0]!.barrier).toMatchObject({
      commandId: run.id,
      runId: run.id,
      tenant: TENANT,
      closesBeforeMicros: BigInt(monthStart(1)),
    });

    const invoices = await harness.invoices();
    expect(invoices.map(({ customer, number }) => [customer, number])).toEqual([
      ['Zoe', 'INV-000001'],
      ['anna', 'INV-000002'],
      ['ben', 'INV-000003'],
      ['carl', 'INV-000004'],
      ['dora', 'INV-000005'],
    ]);
    expect(invoices.every(({ issueDate }) => issueDate === '2026-02-01')).toBe(true);
    const files = await harness.files();
    expect(files.size).toBe(5);
    for (const file of files.values()) {
      expect(harness.verify(file)).toMatchObject({ outcome: 'verified', problems: [] });
    }
    const roots = new Map([...files].map(([id, file]) => [id, headerOf(file).statement.root]));
    for (const invoice of invoices) {
      expect(invoice.statementRoot).toBe(roots.get(invoice.statement));
    }
    const documents = await documentMessages();
    expect(documents.map(({ commandId }) => commandId).toSorted()).toEqual(
      invoices.map(({ id }) => `finalize:${id}`).toSorted(),
    );
    for (const message of documents) {
      const invoice = invoices.find(({ id }) => id === message.invoiceId)!;
      const { number } = invoice;
      expect(message).toMatchObject({
        customer: invoice.customer,
        bookedAtMicros: BigInt(monthStart(1)),
        event: { case: 'finalized', value: { number, taxNanos: 0n } },
      });
      const { netNanos } = message.event.value as { netNanos: bigint };
      expect(formatNanos(netNanos)).toBe(invoice.net);
    }
  });

  test('asked for again, and taken again from the first offset, changes nothing', async () => {
    for (const customer of ['anna', 'ben', 'carl']) {
      harness.pipe.charge({ customer, amountNanos: 3n * CENT + 1n });
    }
    const run = await harness.closeMonth(0);
    const before = await harness.everything();
    expect(Object.values(before).flat().length).toBeGreaterThan(40);
    const again = await harness.ask(run.closesBefore);
    expect(again).toMatchObject({ id: run.id, state: 'finalized' });
    const process = harness.process();
    await process.take(harness.pipe.sent);
    await process.runner.moveAll();
    expect(await harness.everything()).toEqual(before);
  });

  test('waits until ingestion has taken what the inbound topic held', async () => {
    const committed = new Map([[0, 4n]]);
    harness.inbound = {
      endsOf: () => Promise.resolve(new Map([[0, 5n]])),
      committedOf: () => Promise.resolve(committed),
    };
    const run = await harness.ask(monthStart(1));
    const { runner } = harness.process();
    await runner.moveAll();
    expect(await harness.barriers()).toEqual([]);
    committed.set(0, 5n);
    await runner.moveAll();
    expect(await harness.barriers()).toHaveLength(PARTITIONS);
    expect(await harness.run(run)).toMatchObject({ state: 'collecting', barriersSent: true });
  });

  test('begins after the tenant’s grace, and never for an instant that has not come', async () => {
    harness.learn(tenantThing({ version: 2, graceSeconds: 3_600 }));
    harness.clock.set(monthStart(1) + 3_599_000_000);
    const run = await harness.ask(monthStart(1));
    const { runner } = harness.process();
    await runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'scheduled' });
    harness.clock.advance(1_000_000);
    await runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'collecting' });
    await expect(harness.ask(harness.clock.nowMicros() + 1)).rejects.toThrow(
      'closes_in_the_future',
    );
  });

  test('stops with both figures when a barrier says something else than was counted', async () => {
    harness.pipe.charge({ customer: 'anna', amountNanos: 5n * CENT });
    const process = harness.process();
    await process.take(harness.pipe.flush());
    const run = await harness.ask(monthStart(1));
    await process.runner.moveAll();
    await process.take(harness.pipe.barrier(run, (charges) => charges && charges + 1n));
    await process.runner.moveAll();
    const stopped = await harness.run(run);
    expect(stopped).toMatchObject({ state: 'collecting', paused: true });
    expect(stopped.fault).toMatch(
      /^partition \d, paid charges: the barrier says 2 charges, 0\.050000000 USD; counted were 1 charges, 0\.050000000 USD$/,
    );
    await change(run, 'resume');
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ paused: true, fault: stopped.fault });
    expect(await harness.invoices()).toEqual([]);
  });

  test('a charge that nobody paid stops it, too', async () => {
    harness.pipe.charge({ customer: 'anna', amountNanos: 5n * CENT });
    const process = harness.process();
    await process.take(harness.pipe.flush());
    await harness.admin.query('update period_payments set receivable_nanos = 1');
    const run = await harness.ask(monthStart(1));
    await process.runner.moveAll();
    await process.take(harness.pipe.barrier(run));
    await process.runner.moveAll();
    expect((await harness.run(run)).fault).toBe(
      'payment_differs: customer anna, USD: articles version 1: charged 0.050000000, paid or due 0.000000001',
    );
  });

  test('pauses, resumes and is abandoned; what it drafted is drafted afresh by another', async () => {
    harness.pipe.charge({ customer: 'anna', amountNanos: 5n * CENT });
    const process = harness.process();
    await process.take(harness.pipe.flush());
    const run = await harness.ask(monthStart(1));
    await change(run, 'pause');
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'scheduled', paused: true });
    await change(run, 'resume');
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'collecting', paused: false });
    expect(await change(run, 'approve')).toEqual({
      outcome: 'refused',
      reason: 'run_not_in_review',
    });
    await change(run, 'abandon');
    await process.take(harness.pipe.barrier(run));
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'abandoned' });
    expect(await change(run, 'resume')).toEqual({ outcome: 'refused', reason: 'run_is_over' });

    const other = await harness.ask(monthStart(1) + 1);
    await process.runner.moveAll();
    await process.take(harness.pipe.barrier(other));
    await process.runner.moveAll();
    expect(await harness.run(other)).toMatchObject({ state: 'finalized', invoices: 1 });
    for (const file of (await harness.files()).values()) {
      expect(harness.verify(file).outcome).toBe('verified');
    }
  });

  test('runs of a tenant take turns', async () => {
    harness.pipe.charge({ customer: 'anna', amountNanos: 5n * CENT });
    const process = harness.process();
    await process.take(harness.pipe.flush());
    const first = await harness.ask(monthStart(1));
    const second = await harness.ask(monthStart(2));
    await process.runner.moveAll();
    expect(await harness.run(first)).toMatchObject({ state: 'collecting' });
    expect(await harness.run(second)).toMatchObject({ state: 'scheduled' });
    await process.take(harness.pipe.barrier(first));
    await process.runner.moveAll();
    await process.take(harness.pipe.barrier(second));
    await process.runner.moveAll();
    expect(await harness.run(first)).toMatchObject({ state: 'finalized', statements: 1 });
    expect(await harness.run(second)).toMatchObject({ state: 'finalized', statements: 0 });
  });

  test('parks what is far above the mean until a person approves', async () => {
    for (let month = 0; month < 3; month += 1) {
      harness.pipe.charge({ customer: 'anna', month, amountNanos: UNIT });
      await harness.closeMonth(month);
    }
    harness.pipe.charge({ customer: 'anna', month: 3, amountNanos: 11n * UNIT });
    const run = await harness.closeMonth(3);
    expect(run).toMatchObject({ state: 'review', parked: 1 });
    expect(await harness.invoices()).toHaveLength(3);
    await change(run, 'approve');
    await harness.process().runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'finalized' });
    expect((await harness.invoices()).map(({ number }) => number)).toEqual([
      'INV-000001',
      'INV-000002',
      'INV-000003',
      'INV-000004',
    ]);
  });
});

describe('a process that dies', () => {
  /** All that the outside can see of the months that were closed. */
  async function outcome() {
    const invoices = await harness.invoices();
    const files = await harness.files();
    const documents = (await documentMessages()).map(({ commandId }) => commandId).toSorted();
    const { rows } = await harness.admin.query<{ last_number: string }>(
      'select last_number from invoice_series',
    );
    const statements = [...files.values()].map((file) => headerOf(file).statement);
    return { invoices, files, documents, rows, statements };
  }

  async function drive(crash: (point: CrashPointName) => void): Promise<number> {
    let deaths = 0;
    const survive = async (attempt: () => Promise<void>) => {
      for (;;) {
        try {
          await attempt();
          return;
        } catch (error) {
          if (!(error instanceof Died)) throw error;
          deaths += 1;
        }
      }
    };
    await survive(() => harness.process(crash).take(harness.pipe.flush()));
    await survive(() => harness.process(crash).take(harness.pipe.sent));
    const run = await harness.ask(monthStart(1));
    await survive(() => harness.process(crash).runner.moveAll());
    harness.pipe.barrier(run);
    await survive(() => harness.process(crash).take(harness.pipe.sent));
    for (let tries = 0; (await harness.run(run)).state !== 'finalized'; tries += 1) {
      if (tries > 200) throw new Error(`the run stands in ${(await harness.run(run)).state}`);
      await survive(() => harness.process(crash).runner.moveAll());
    }
    return deaths;
  }

  test.each(['before_effects', 'after_effects', 'after_commit'] as const)(
    'at every %s leaves what a process that lives leaves',
    async (point) => {
      for (const customer of ['anna', 'ben', 'carl', 'dora', 'emil']) {
        harness.pipe.charge({ customer, amountNanos: 3n * CENT + 7n });
        harness.pipe.charge({ customer, amountNanos: CENT });
      }
      let nth = 1;
      let passed = 0;
      const deaths = await drive((at) => {
        if (at !== point) return;
        passed += 1;
        // Each place is passed once unharmed before the next one dies a step further on.
        if (passed < nth) return;
        passed = 0;
        nth += 1;
        throw new Died(`at ${point}`);
      });
      expect(deaths).toBeGreaterThan(2);
      const dying = await outcome();
      expect(dying.invoices).toHaveLength(5);
      expect(dying.documents).toHaveLength(5);
      expect(dying.rows).toEqual([{ last_number: '5' }]);
      expect(dying.invoices.map(({ number }) => number)).toEqual(
        [1, 2, 3, 4, 5].map((number) => `INV-00000${number}`),
      );
      for (const file of dying.files.values()) {
        expect(harness.verify(file).outcome).toBe('verified');
      }
      // Salts are random, so roots differ between databases; what is billed does not.
      expect(dying.statements.map(({ charges, sum }) => [charges, sum])).toEqual(
        Array.from({ length: 5 }, () => [2, formatNanos(4n * CENT + 7n)]),
      );
    },
  );

  test('the crash points of a process are passed by consumers and runs', async () => {
    const passed = new Set<CrashPointName>();
    harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
    await drive((point) => void passed.add(point));
    expect([...passed].toSorted()).toEqual(['after_commit', 'after_effects', 'before_effects']);
    expect(createCrashPoint(undefined)('before_effects')).toBeUndefined();
  });
});

describe('from month to month', () => {
  test('a residual is carried, a late charge is a late line of the next statement, sealed bytes stay', async () => {
    harness.pipe.charge({ customer: 'anna', month: 0, amountNanos: 4n * CENT + 4_000_000n });
    await harness.closeMonth(0);
    const sealed = await harness.files();
    const [january] = await harness.invoices();
    expect(january).toMatchObject({ net: '0.040000000', taxes: [{ residual: '0.004000000' }] });

    // Priced by January, booked to February: rating says so because January is sealed.
    harness.pipe.charge({ customer: 'anna', month: 1, usageMonth: 0, amountNanos: 2_000_000n });
    harness.pipe.charge({ customer: 'anna', month: 1, amountNanos: 3n * CENT });
    await harness.closeMonth(1);
    const files = await harness.files();
    for (const [id, file] of sealed) expect(files.get(id)).toBe(file);
    const february = (await harness.invoices())[1]!;
    expect(february.lines.map(({ kind, exact }) => [kind, exact])).toEqual([
      ['usage', '0.030000000'],
      ['late', '0.002000000'],
      ['previous_residual', '0.004000000'],
    ]);
    expect(february.lines[1]).toMatchObject({
      usageFrom: '2026-01-01T00:00:00.000000Z',
      usageTo: '2026-02-01T00:00:00.000000Z',
    });
    // 0.036 rounds to 0.04, and 0.004 too much was billed.
    expect(february).toMatchObject({ net: '0.040000000', taxes: [{ residual: '-0.004000000' }] });
    const statements = [...files.values()]
      .map((file): Statement => headerOf(file).statement)
      .toSorted((a, b) => (a.from < b.from ? -1 : 1));
    expect(statements[0]!.previous).toBe('');
    expect(chains(statements[0]!, statements[1]!)).toBe(true);
    for (const file of files.values()) expect(harness.verify(file).outcome).toBe('verified');
  });

  test('two months in one run chain, too, and the second takes up the first one’s residual', async () => {
    harness.pipe.charge({ customer: 'anna', month: 0, amountNanos: 4n * CENT + 4_000_000n });
    harness.pipe.charge({ customer: 'anna', month: 1, amountNanos: CENT + 1_000_000n });
    const run = await harness.closeMonth(1);
    expect(run).toMatchObject({ statements: 2, invoices: 2 });
    expect(run.totals).toMatchObject([{ netNanos: 6n * CENT, residualNanos: -5_000_000n }]);
    const invoices = await harness.invoices();
    expect(invoices.map(({ net }) => net)).toEqual(['0.040000000', '0.020000000']);
    const [first, second] = [...(await harness.files()).values()]
      .map((file) => headerOf(file).statement)
      .toSorted((a, b) => (a.from < b.from ? -1 : 1));
    expect(chains(first!, second!)).toBe(true);
  });

  test('1.00 of 3.00 from a wallet: 2.00 are due and 1.00 is shown as paid', async () => {
    const paidByGrants = [['grant_1', UNIT] as const];
    harness.pipe.charge({ customer: 'anna', amountNanos: 2n * UNIT, paidByGrants });
    harness.pipe.charge({ customer: 'anna', amountNanos: UNIT });
    const run = await harness.closeMonth(0);
    expect(run.totals).toMatchObject([
      { chargesNanos: 3n * UNIT, paidNanos: UNIT, netNanos: 2n * UNIT, residualNanos: 0n },
    ]);
    const [invoice] = await harness.invoices();
    expect(invoice).toMatchObject({
      charges: '3.000000000',
      paidFromWallet: '1.000000000',
      net: '2.000000000',
      total: '2.000000000',
    });
    expect(invoice!.lines).toMatchObject([
      { charged: '3.000000000', paidFromWallet: '1.000000000', exact: '2.000000000' },
    ]);
  });

  test('below the minimum is carried forward, with its statement sealed, and billed later', async () => {
    harness.learn(tenantThing({ version: 2, minimumInvoiceNanos: 10n * CENT }));
    harness.pipe.charge({ customer: 'anna', month: 0, amountNanos: 4n * CENT });
    const first = await harness.closeMonth(0);
    expect(first).toMatchObject({ statements: 1, invoices: 0 });
    expect(first.totals).toMatchObject([{ netNanos: 0n, carriedForwardNanos: 4n * CENT }]);
    expect((await harness.files()).size).toBe(1);
    harness.pipe.charge({ customer: 'anna', month: 1, amountNanos: 7n * CENT });
    const second = await harness.closeMonth(1);
    expect(second.totals).toMatchObject([{ netNanos: 11n * CENT, carriedForwardNanos: 0n }]);
    const [invoice] = await harness.invoices();
    expect(invoice!.number).toBe('INV-000001');
    expect(invoice!.lines.map(({ kind }) => kind)).toEqual(['usage', 'carried_forward']);
  });

  test('a category without a rate stops the run; once the catalog has it, the run goes on', async () => {
    const taxRates = [{ category: 'books', partsPerMillion: 70_000 }];
    harness.learn(tenantThing({ version: 2, taxRates }));
    harness.pipe.charge({ customer: 'anna', amountNanos: UNIT });
    const run = await harness.closeMonth(0);
    expect(run.fault).toBe(
      'no_tax_rate: customer anna, USD: the tax category standard has no rate',
    );
    const standard = { category: 'standard', partsPerMillion: 200_000 };
    harness.learn(tenantThing({ version: 3, taxRates: [...taxRates, standard] }));
    await change(run, 'resume');
    await harness.process().runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'finalized', fault: undefined });
    const [invoice] = await harness.invoices();
    expect(invoice).toMatchObject({ net: '1.000000000', tax: '0.200000000', total: '1.200000000' });
  });
});

async function documentMessages() {
  const { rows } = await harness.admin.query<{ value: Buffer }>(
    'select value from outbox where topic = $1 order by partition, number',
    [TOPICS.documents],
  );
  return rows.map(({ value }) => fromBinary(DocumentMessageSchema, value));
}
