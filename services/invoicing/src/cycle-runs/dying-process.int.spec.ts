import type { CrashPointName } from '@farthing/adapters/config/crash-point';
import { formatNanos } from '@farthing/domain/money/nanos';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Died, Harness, headerOf, priceThing, tenantThing } from '../invoicing-harness.spec.js';
import { CENT, monthStart } from '../pipe-harness.spec.js';

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.create([tenantThing(), priceThing()]);
});

afterEach(async () => {
  await harness.close();
});

/** All that the outside can see of the months that were closed. */
async function outcome() {
  const invoices = await harness.invoices();
  const files = await harness.files();
  const documents = (await harness.documentMessages()).map(({ commandId }) => commandId).toSorted();
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
    if (tries > 500) throw new Error(`the run stands in ${(await harness.run(run)).state}`);
    await survive(() => harness.process(crash).runner.moveAll());
  }
  return deaths;
}

/** The same throws in every run of the spec: a linear congruential generator (Numerical Recipes, 7.1). */
function seededDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('a process that dies', () => {
  test.each(['before_effects', 'after_effects', 'after_commit'] as const)(
    'again and again at %s leaves what a process that lives leaves',
    async (point) => {
      for (const customer of ['anna', 'ben', 'carl', 'dora', 'emil']) {
        harness.pipe.charge({ customer, amountNanos: 3n * CENT + 7n });
        harness.pipe.charge({ customer, amountNanos: CENT });
      }
      const dice = seededDice(20_260_101);
      const deaths = await drive((at) => {
        if (at === point && dice() < 0.4) throw new Died(`at ${point}`);
      });
      expect(deaths).toBeGreaterThan(10);
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
  });
});
