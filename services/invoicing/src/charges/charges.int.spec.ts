import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { encodeRatedMessage, decodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import type { ChargeLeaf } from '@farthing/domain/proof/charge-leaf';
import { leafHash, sha256 } from '@farthing/domain/proof/merkle-tree';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Died, Harness, priceThing, tenantThing } from '../invoicing-harness.spec.js';
import { CENT, monthStart, PARTITIONS, TENANT } from '../pipe-harness.spec.js';

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.create([tenantThing(), priceThing()]);
});

afterEach(async () => {
  await harness.close();
});

async function leaves() {
  const { rows } = await harness.admin.query<{
    leaf_index: string;
    leaf: string;
    hash: Buffer;
    salt: Buffer;
  }>(
    `select c.leaf_index, c.leaf, c.hash, s.salt
       from statement_charges c join booking_periods p using (tenant, statement)
       join customer_salts s using (tenant, customer)
      order by c.statement, c.leaf_index`,
  );
  return rows.map((row) => ({ ...row, parsed: JSON.parse(row.leaf) as ChargeLeaf }));
}

test('a charge becomes a leaf with its place, its canonical bytes and a salted hash of its data', async () => {
  const charge = harness.pipe.charge({ customer: 'anna', amountNanos: 3n });
  harness.pipe.charge({ customer: 'anna', amountNanos: 4n });
  await harness.process().take(harness.pipe.flush());
  const [first, second] = await leaves();
  expect([first!.leaf_index, second!.leaf_index]).toEqual(['0', '1']);
  const partition = partitionOf(TENANT, 'anna', PARTITIONS);
  expect(first!.parsed).toEqual({
    v: 1,
    id: `chg_1-${partition}-0-0-0`,
    tenant: TENANT,
    customer: 'anna',
    currency: 'USD',
    kind: 'usage',
    source: 'spec',
    event: 'anna-0',
    type: 'article.read',
    occurredAt: '2026-01-01T00:00:00.000000Z',
    meter: 'articles',
    price: 'articles',
    priceVersion: 1,
    usageFrom: '2026-01-01T00:00:00.000000Z',
    usageTo: '2026-02-01T00:00:00.000000Z',
    bookingFrom: '2026-01-01T00:00:00.000000Z',
    bookingTo: '2026-02-01T00:00:00.000000Z',
    quantityBefore: '0.000000000',
    quantityAfter: '1.000000000',
    amount: '0.000000003',
    shares: [{ creator: 'writer', amount: '0.000000002' }],
    dataHash: Buffer.from(sha256(first!.salt, charge.bodyHash)).toString('hex'),
  });
  expect(first!.hash.equals(leafHash(Buffer.from(first!.leaf)))).toBe(true);
  expect(Object.keys(first!.parsed)).toEqual(Object.keys(first!.parsed).toSorted());
  expect(second!.salt).toEqual(first!.salt);
});

test('customers have salts of their own', async () => {
  harness.pipe.charge({ customer: 'anna', amountNanos: 3n });
  harness.pipe.charge({ customer: 'ben', amountNanos: 3n });
  await harness.process().take(harness.pipe.flush());
  const [a, b] = await leaves();
  expect(a!.salt.equals(b!.salt)).toBe(false);
  expect(a!.parsed.dataHash).not.toBe(b!.parsed.dataHash);
});

test('what comes again after a crash gives the same leaves, and nothing twice', async () => {
  for (let n = 0; n < 5; n += 1) harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  const first = harness.pipe.flush();
  await harness.process().take(first);
  const before = await harness.everything();
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  const second = harness.pipe.flush();
  const dying = harness.process((point) => {
    if (point === 'after_effects') throw new Died('before the commit');
  });
  await expect(dying.take(second)).rejects.toThrow(Died);
  expect(await harness.everything()).toEqual(before);
  await harness.process().take([...first, ...second]);
  const all = await leaves();
  expect(all.map(({ leaf_index }) => leaf_index)).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(new Set(all.map(({ salt }) => salt.toString('hex'))).size).toBe(1);
  await harness.process().take([...first, ...second]);
  expect(await leaves()).toEqual(all);
});

test('a message that was built again over a longer range is trimmed to what is new', async () => {
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  const [first] = harness.pipe.flush();
  harness.pipe.charge({ customer: 'anna', amountNanos: 2n * CENT });
  const [second] = harness.pipe.flush();
  const process = harness.process();
  await process.takeRated(first!);
  const [a, b] = [decodeRatedMessage(first!.rated), decodeRatedMessage(second!.rated)];
  const joined = encodeRatedMessage({ ...b, from: a.from, charges: [...a.charges, ...b.charges] });
  await process.takeRated(second!, joined);
  expect((await leaves()).map(({ parsed }) => parsed.amount)).toEqual([
    '0.010000000',
    '0.020000000',
  ]);
});

test('a missing range and a newer version stop the partition', async () => {
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  const [first] = harness.pipe.flush();
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  harness.pipe.flush();
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  const [third] = harness.pipe.flush();
  const process = harness.process();
  await process.takeRated(first!);
  const misplaced = { ...third!, offset: 1n };
  await expect(process.takeRated(misplaced)).rejects.toMatchObject({ reason: 'gap' });
  const newer = Buffer.concat([third!.rated, Buffer.from([0x08, 0x02])]);
  await expect(process.takeRated(misplaced, newer)).rejects.toMatchObject({
    reason: 'unknown_message',
  });
});

test('a charge that is booked to a sealed period stops the partition, and changes nothing', async () => {
  harness.pipe.charge({ customer: 'anna', month: 0, amountNanos: CENT });
  await harness.closeMonth(0);
  const before = await harness.everything();
  harness.pipe.charge({ customer: 'anna', month: 0, amountNanos: CENT });
  const [late] = harness.pipe.flush();
  await expect(harness.process().takeRated(late!)).rejects.toMatchObject({
    reason: 'unrecorded_failure',
    message:
      'a charge was booked to a sealed period, 2026-01-01T00:00:00.000000Z to 2026-02-01T00:00:00.000000Z',
  });
  expect(await harness.everything()).toEqual(before);
});

test('a tenant’s rows are hidden from the others, and what is final cannot be written again', async () => {
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  await harness.closeMonth(0);
  const count = (tenantId: string) =>
    runAsTenant(harness.api, { tenantId }, async (tx) => {
      const [row] = await tx.query<{ n: string }>(
        `select (select count(*) from invoices) + (select count(*) from statements)
              + (select count(*) from statement_charges) + (select count(*) from cycle_runs) as n`,
      );
      return Number(row!.n);
    });
  expect(await count(TENANT)).toBe(4);
  expect(await count('other')).toBe(0);
  for (const table of ['invoices', 'statements', 'statement_charges', 'run_statements']) {
    for (const sql of [`update ${table} set tenant = 'x'`, `delete from ${table}`]) {
      const attempt = runInTransaction(harness.batch, {}, (tx) => tx.execute(sql));
      await expect(attempt).rejects.toThrow('permission denied');
    }
  }
  const { rows } = await harness.admin.query<{ relname: string }>(
    `select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'invoicing' and c.relkind = 'r' and exists (
        select from pg_attribute where attrelid = c.oid and attname = 'tenant')
        and not (relrowsecurity and relforcerowsecurity)`,
  );
  expect(rows).toEqual([]);
});

test('a frozen owner’s batch is below the stored offset by the time that it thaws', async () => {
  harness.pipe.charge({ customer: 'anna', month: 0, amountNanos: CENT });
  const messages = harness.pipe.flush();
  const [one, other] = [harness.process(), harness.process()];
  await Promise.all([one.take(messages), other.take(messages)]);
  expect(await leaves()).toHaveLength(1);
  const { rows } = await harness.admin.query<{ charges: string; sum_nanos: string }>(
    `select charges, sum_nanos from partition_books where stream = 'paid'`,
  );
  expect(rows).toEqual([{ charges: '1', sum_nanos: CENT.toString() }]);
});

test('a barrier that comes again leaves the books of what was counted since', async () => {
  const process = harness.process();
  const run = await harness.ask(monthStart(1));
  harness.pipe.charge({ customer: 'anna', amountNanos: CENT });
  await process.take(harness.pipe.barrier(run));
  harness.pipe.charge({ customer: 'anna', month: 1, amountNanos: 2n * CENT });
  await process.take(harness.pipe.barrier(run));
  const { rows: books } = await harness.admin.query(
    `select stream, charges, sum_nanos from partition_books order by stream`,
  );
  const counted = { charges: '1', sum_nanos: (2n * CENT).toString() };
  expect(books).toEqual([
    { stream: 'paid', ...counted },
    { stream: 'rated', ...counted },
  ]);
  const { rows: echoes } = await harness.admin.query(
    `select stream, said_sums, own_sums from barrier_echoes where own_charges > 0 order by stream`,
  );
  const sums = { said_sums: `{"USD":"${CENT}"}`, own_sums: `{"USD":"${CENT}"}` };
  expect(echoes).toEqual([
    { stream: 'paid', ...sums },
    { stream: 'rated', ...sums },
  ]);
});
