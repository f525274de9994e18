import { formatNanos } from '@farthing/domain/money/nanos';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Harness, headerOf, priceThing, tenantThing } from '../invoicing-harness.spec.js';
import { CENT, monthStart, PARTITIONS, TENANT, UNIT } from '../pipe-harness.spec.js';

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.create([tenantThing(), priceThing()]);
});

afterEach(async () => {
  await harness.close();
});

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
    const documents = await harness.documentMessages();
    expect(documents.map(({ commandId }) => commandId).toSorted()).toEqual(
      invoices.map(({ id }) => `finalize:${id}`).toSorted(),
    );
    for (const message of documents) {
      const invoice = invoices.find(({ id }) => id === message.invoiceId)!;
      const { number } = invoice;
      expect(message).toMatchObject({
        customer: invoice.customer,
        bookedAtMicros: BigInt(monthStart(1)),
        event: { case: 'finalized', value: { number, taxOnTopNanos: 0n } },
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
    await harness.change(run, 'resume');
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
    await harness.change(run, 'pause');
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'scheduled', paused: true });
    await harness.change(run, 'resume');
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'collecting', paused: false });
    expect(await harness.change(run, 'approve')).toEqual({
      outcome: 'refused',
      reason: 'run_not_in_review',
    });
    await harness.change(run, 'abandon');
    await process.take(harness.pipe.barrier(run));
    await process.runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'abandoned' });
    expect(await harness.change(run, 'resume')).toEqual({
      outcome: 'refused',
      reason: 'run_is_over',
    });

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
    await harness.change(run, 'approve');
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
