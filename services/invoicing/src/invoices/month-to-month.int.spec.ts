import { chains, type Statement } from '@farthing/domain/proof/statement';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Harness, headerOf, priceThing, tenantThing } from '../invoicing-harness.spec.js';
import { CENT, UNIT } from '../pipe-harness.spec.js';

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.create([tenantThing(), priceThing()]);
});

afterEach(async () => {
  await harness.close();
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
    await harness.change(run, 'resume');
    await harness.process().runner.moveAll();
    expect(await harness.run(run)).toMatchObject({ state: 'finalized', fault: undefined });
    const [invoice] = await harness.invoices();
    expect(invoice).toMatchObject({ net: '1.000000000', tax: '0.200000000', total: '1.200000000' });
  });
});
