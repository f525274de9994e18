import { beforeEach, describe, expect, it } from 'vitest';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { DataSource } from 'typeorm';
import { expireGrants } from '../grant/expire-grants.js';
import {
  assertSoundBooks,
  balancesIn,
  barrier,
  charge,
  credit,
  distinctBarriers,
  introduces,
  JANUARY,
  openWalletsDatabase,
  PARTITION,
  rated,
  SentRecords,
  UNIT,
  type WalletsDatabase,
} from '../wallets-harness.spec.js';

let wallets: WalletsDatabase;
let sent: SentRecords;
let auditor: DataSource;

// One database per test: every test reads the books as a whole.
beforeEach(async () => {
  wallets = await openWalletsDatabase();
  ({ auditor } = wallets);
  sent = new SentRecords();
  return async () => {
    await assertSoundBooks(auditor);
    await wallets.close();
  };
});

describe('who pays', () => {
  it('makes a postpaid charge receivable and shares it', async () => {
    const shares = [{ creator: 'carol', amountNanos: 700n }];
    const log = [
      rated([0n, 3n], {
        echoes: [introduces(0n)],
        charges: [charge({ offset: 1n, amountNanos: 1_000n, shares })],
      }),
    ];
    await wallets.worker(sent).apply(log);
    expect(await balancesIn(auditor)).toEqual({
      'receivable/alice': 1_000n,
      'creator_payable/carol': 700n,
      tenant_revenue: 300n,
    });
    expect(sent.messages()).toMatchObject([
      {
        from: { partition: PARTITION, offset: 0n, index: 0 },
        to: { offset: 3n, index: 0 },
        payments: [{ offset: 1n, n: 0, grant: '', amountNanos: 1_000n, price: 'per_read' }],
      },
    ]);
  });

  it('takes 1.00 from the wallet and leaves 2.00 receivable when 1.00 of credit meets 3.00 of use', async () => {
    await wallets.grant({ id: 'g1', body: credit(UNIT) });
    const log = [
      rated([0n, 9n], {
        echoes: [introduces(0n, { funding: 'prepaid' })],
        charges: [1n, 2n, 3n].map((offset) => charge({ offset, amountNanos: UNIT })),
      }),
    ];
    await wallets.worker(sent).apply(log);
    expect(await balancesIn(auditor)).toEqual({
      cash: UNIT,
      'wallet/alice/g1': 0n,
      'receivable/alice': 2n * UNIT,
      tenant_revenue: 3n * UNIT,
    });
    const [message] = sent.messages();
    expect(message!.payments.map((p) => [p.offset, p.grant, p.amountNanos])).toEqual([
      [1n, 'g1', UNIT],
      [2n, '', UNIT],
      [3n, '', UNIT],
    ]);
    const overdrawn = await auditor.query('select customer, currency, overdrawn from wallets');
    expect(overdrawn).toEqual([{ customer: 'alice', currency: 'USD', overdrawn: true }]);
    expect(await wallets.metrics.registry.metrics()).toContain(
      'farthing_wallets_overdrawn_total{service="wallets"} 2',
    );
    expect(await auditor.query('select id, state from grants')).toEqual([
      { id: 'g1', state: 'spent' },
    ]);
  });

  it('burns two grants in order and then bills, without an alarm, a customer of mixed funding', async () => {
    await wallets.grant({ id: 'g-late', body: { ...credit(UNIT), priority: 200 } });
    await wallets.grant({
      id: 'g-first',
      body: { ...credit(UNIT), kind: 'promotional', priority: 10 },
    });
    const log = [
      rated([0n, 9n], {
        echoes: [introduces(0n, { funding: 'prepaidThenPostpaid' })],
        charges: [charge({ offset: 1n, amountNanos: (5n * UNIT) / 2n })],
      }),
    ];
    await wallets.worker(sent).apply(log);
    const [message] = sent.messages();
    expect(message!.payments.map((p) => [p.grant, p.amountNanos])).toEqual([
      ['g-first', UNIT],
      ['g-late', UNIT],
      ['', UNIT / 2n],
    ]);
    expect(await balancesIn(auditor)).toEqual({
      cash: UNIT,
      promotions: UNIT,
      'wallet/alice/g-first': 0n,
      'wallet/alice/g-late': 0n,
      'receivable/alice': UNIT / 2n,
      tenant_revenue: (5n * UNIT) / 2n,
    });
    expect(await auditor.query('select overdrawn from wallets')).toEqual([{ overdrawn: false }]);
  });

  it('lets a grant pay only what occurred while it could be used, and only in its currency', async () => {
    await wallets.grant({
      id: 'g1',
      body: { ...credit(UNIT), effectiveFrom: JANUARY + 2_000_000, expiresAt: JANUARY + 3_000_000 },
    });
    await wallets.grant({ id: 'eur', body: credit(UNIT, 'EUR') });
    const log = [
      rated([0n, 9n], {
        echoes: [introduces(0n, { funding: 'prepaid' })],
        charges: [1n, 2n, 3n].map((offset) => charge({ offset, amountNanos: 10n })),
      }),
    ];
    await wallets.worker(sent).apply(log);
    expect(sent.messages()[0]!.payments.map((p) => p.grant)).toEqual(['', 'g1', '']);
  });

  it('follows a change of funding at its place in the log, and ignores an older version', async () => {
    await wallets.grant({ id: 'g1', body: credit(UNIT) });
    const log = [
      rated([0n, 9n], {
        echoes: [
          introduces(0n, { funding: 'postpaid', version: 1n }),
          introduces(2n, { funding: 'prepaid', version: 2n }),
          introduces(4n, { funding: 'postpaid', version: 1n }),
        ],
        charges: [1n, 3n, 5n].map((offset) => charge({ offset, amountNanos: 10n })),
      }),
    ];
    await wallets.worker(sent).apply(log);
    expect(sent.messages()[0]!.payments.map((p) => p.grant)).toEqual(['', 'g1', 'g1']);
  });

  it('posts nothing for a charge of 0 and runs a negative one the other way', async () => {
    const log = [
      rated([0n, 9n], {
        echoes: [introduces(0n)],
        charges: [
          charge({ offset: 1n, amountNanos: 0n }),
          charge({ offset: 2n, amountNanos: -40n, shares: [{ creator: 'c', amountNanos: -30n }] }),
        ],
      }),
    ];
    await wallets.worker(sent).apply(log);
    expect(await balancesIn(auditor)).toEqual({
      'receivable/alice': -40n,
      'creator_payable/c': -30n,
      tenant_revenue: -10n,
    });
    expect(sent.messages()[0]!.payments.map((p) => [p.offset, p.amountNanos])).toEqual([
      [2n, -40n],
    ]);
    const below = await auditor.query('select 1 from entries where amount <= 0');
    expect(below).toEqual([]);
  });

  it('gives a refund back to the grant that paid, also within one message, and opens it again', async () => {
    await wallets.grant({ id: 'g1', body: credit(100n) });
    const log = [
      rated([0n, 4n], {
        echoes: [introduces(0n, { funding: 'prepaid' })],
        charges: [charge({ offset: 1n, amountNanos: 100n }), refundOf(2n, 1n)],
      }),
      rated([4n, 8n], { charges: [charge({ offset: 5n, amountNanos: 100n })] }),
      rated([8n, 12n], { charges: [refundOf(9n, 5n)] }),
    ];
    const worker = wallets.worker(sent);
    for (let end = 1; end <= log.length; end += 1) await worker.apply(log.slice(0, end));
    const grants = sent.messages().flatMap((m) => m.payments.map((p) => [p.grant, p.amountNanos]));
    expect(grants).toEqual([
      ['g1', 100n],
      ['g1', -100n],
      ['g1', 100n],
      ['g1', -100n],
    ]);
    expect(await auditor.query('select state from grants')).toEqual([{ state: 'open' }]);
    expect((await balancesIn(auditor))['wallet/alice/g1']).toBe(100n);
  });

  it.each([[1], [2], [4]])(
    'nets what was given back before, in %i messages at a time',
    async (atOnce) => {
      await wallets.grant({ id: 'g1', body: { ...credit(60n), priority: 1 } });
      await wallets.grant({ id: 'g2', body: { ...credit(500n), priority: 2 } });
      const log = [
        rated([0n, 2n], {
          echoes: [introduces(0n, { funding: 'prepaid' })],
          charges: [charge({ offset: 1n, amountNanos: 100n })],
        }),
        // 30 of the 40 that the second grant paid; then all is taken back, and 70 are charged in its place.
        rated([2n, 4n], { charges: [refundOf(2n, 1n, -30n)] }),
        rated([4n, 6n], { charges: [refundOf(4n, 1n, -70n), refundOf(5n, 1n, 70n)] }),
        rated([6n, 8n], { charges: [refundOf(6n, 1n, -70n)] }),
      ];
      const worker = wallets.worker(sent);
      for (let at = 0; at < log.length; at += atOnce) await worker.apply(log.slice(0, at + atOnce));
      const payments = sent.messages().flatMap((m) => m.payments);
      expect(payments.map((p) => [p.offset, p.grant, p.amountNanos])).toEqual([
        [1n, 'g1', 60n],
        [1n, 'g2', 40n],
        [2n, 'g2', -30n],
        [4n, 'g2', -10n],
        [4n, 'g1', -60n],
        [5n, 'g1', 60n],
        [5n, 'g2', 10n],
        [6n, 'g2', -10n],
        [6n, 'g1', -60n],
      ]);
      expect(await balancesIn(auditor)).toMatchObject({
        'wallet/alice/g1': 60n,
        'wallet/alice/g2': 500n,
      });
    },
  );

  it('gives nothing back to a grant that has expired: the refund lowers the receivable', async () => {
    const expiresAt = JANUARY + 60_000_000;
    await wallets.grant({ id: 'g1', body: { ...credit(100n), expiresAt } });
    const log = [
      rated([0n, 4n], {
        echoes: [introduces(0n, { funding: 'prepaid' })],
        charges: [charge({ offset: 1n, amountNanos: 100n })],
      }),
      rated([4n, 8n], { charges: [refundOf(5n, 1n)] }),
    ];
    const worker = wallets.worker(sent);
    await worker.apply(log.slice(0, 1));
    const { batch: dataSource, metrics } = wallets;
    await expireGrants({ dataSource, metrics, settleMs: 0, clock: { nowMicros: () => expiresAt } });
    await worker.apply(log);
    expect(await balancesIn(auditor)).toEqual({
      cash: 100n,
      'wallet/alice/g1': 0n,
      'receivable/alice': -100n,
      tenant_revenue: 0n,
    });
    expect(await auditor.query('select state from grants')).toEqual([{ state: 'expired' }]);
  });
});

describe('netting', () => {
  it('posts one transaction a customer and message, whose amounts drill down to their charges', async () => {
    const charges = Array.from({ length: 60 }, (_, at) =>
      charge({
        offset: 1n,
        index: at,
        amountNanos: BigInt(at),
        customer: at % 3 === 0 ? 'bob' : 'alice',
        shares: [{ creator: `c${at % 4}`, amountNanos: BigInt(at) / 2n }],
      }),
    );
    const echoes = [introduces(0n), introduces(0n, { customer: 'bob' })];
    await wallets.worker(sent).apply([rated([0n, 2n], { echoes, charges })]);
    const transactions = await auditor.query<{ customer: string; key: string }[]>(
      'select customer, key from ledger_transactions order by key',
    );
    expect(transactions).toEqual([
      { customer: 'alice', key: `charges/1-${PARTITION}-0-0/alice` },
      { customer: 'bob', key: `charges/1-${PARTITION}-0-0/bob` },
    ]);
    const drilled = await auditor.query<{ posted: string; charged: string }[]>(
      `select (select sum(e.amount) from entries e
                where e.tenant = t.tenant and e.transaction_id = t.id and e.debit) as posted,
              (select sum(p.amount) from charge_payments p
                where p.generation = t.generation and p.partition = t.partition
                  and (p.log_offset, p.log_index) >= (t.from_offset, t.from_index)
                  and (p.log_offset, p.log_index) < (t.to_offset, t.to_index)
                  and p.tenant = t.tenant and p.customer = t.customer) as charged
         from ledger_transactions t order by key`,
    );
    const sumOf = (customer: string) =>
      charges.filter((c) => c.customer === customer).reduce((sum, c) => sum + c.amountNanos, 0n);
    expect(drilled).toEqual(
      ['alice', 'bob'].map((customer) => {
        const sum = sumOf(customer).toString();
        return { posted: sum, charged: sum };
      }),
    );
    // Four creators and the tenant for each customer, two entries a pair.
    expect(await auditor.query('select count(*)::integer as n from entries')).toEqual([{ n: 20 }]);
  });
});

describe('parts and barriers', () => {
  it('applies a long message in parts that tile its range, never inside one event', async () => {
    const charges = Array.from({ length: 1_500 }, (_, at) =>
      charge({ offset: 1n, index: Math.floor(at / 3), n: at % 3, amountNanos: 1n }),
    );
    const transactions = await wallets
      .worker(sent)
      .apply([rated([0n, 5n], { echoes: [introduces(0n)], charges })]);
    expect(transactions).toBeGreaterThan(1);
    const messages = sent.messages();
    expect(messages.length).toBe(transactions);
    expect(messages[0]!.from).toMatchObject({ offset: 0n, index: 0 });
    expect(messages.at(-1)!.to).toMatchObject({ offset: 5n, index: 0 });
    expect(messages.slice(1).map(({ from }) => from)).toEqual(
      messages.slice(0, -1).map(({ to }) => to),
    );
    expect(messages.every(({ payments }) => payments.length % 3 === 0)).toBe(true);
    expect((await balancesIn(auditor))['receivable/alice']).toBe(1_500n);
  });

  it('tells a barrier its own figures since the last one of the tenant, zeros counted', async () => {
    const charges = [
      charge({ offset: 1n, amountNanos: 5n }),
      charge({ offset: 1n, index: 1, amountNanos: 0n }),
      charge({ offset: 1n, index: 2, amountNanos: 7n, currency: 'EUR' }),
      charge({ offset: 1n, index: 3, amountNanos: 100n, tenant: 'other' }),
      charge({ offset: 4n, amountNanos: 11n }),
    ];
    const echoes = [
      introduces(0n),
      introduces(0n, { tenant: 'other' }),
      barrier(2n, 'run-1'),
      barrier(5n, 'run-2'),
    ];
    const worker = wallets.worker(sent);
    const log = [
      rated([0n, 6n], { echoes, charges }),
      rated([6n, 9n], { echoes: [barrier(7n, 'run-3', 'other')] }),
    ];
    await worker.apply(log.slice(0, 1));
    await worker.apply(log);
    expect(distinctBarriers(sent)).toMatchObject([
      {
        runId: 'run-1',
        tenant: 'acme',
        charges: 3n,
        sums: [
          { currency: 'EUR', sumNanos: '7' },
          { currency: 'USD', sumNanos: '5' },
        ],
      },
      { runId: 'run-2', charges: 1n, sums: [{ currency: 'USD', sumNanos: '11' }] },
      {
        runId: 'run-3',
        tenant: 'other',
        charges: 1n,
        sums: [{ currency: 'USD', sumNanos: '100' }],
      },
    ]);
  });
});

function refundOf(offset: bigint, corrected: bigint, amountNanos = -100n) {
  const corrects = `chg_1-${PARTITION}-${corrected}-0-0`;
  return charge({ offset, amountNanos, kind: ChargeKind.ADJUSTMENT, corrects });
}
