import { beforeEach, describe, expect, it } from 'vitest';
import type { CrashPointName } from '@farthing/adapters/config/crash-point';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { DataSource } from 'typeorm';
import {
  balancesIn,
  barrier,
  charge,
  introduces,
  JANUARY,
  assertSoundBooks,
  openWalletsDatabase,
  PARTITION,
  rated,
  SentRecords,
  UNIT,
  type WalletsDatabase,
} from '../wallets-harness.spec.js';

const paid = (amount: bigint, currency = 'USD') => ({
  amount: { amount, currency },
  kind: 'paid' as const,
  priority: 100,
});

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
    await wallets.grant({ id: 'g1', body: paid(UNIT) });
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
    await wallets.grant({ id: 'g-late', body: { ...paid(UNIT), priority: 200 } });
    await wallets.grant({
      id: 'g-first',
      body: { ...paid(UNIT), kind: 'promotional', priority: 10 },
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
      body: { ...paid(UNIT), effectiveFrom: JANUARY + 2_000_000, expiresAt: JANUARY + 3_000_000 },
    });
    await wallets.grant({ id: 'eur', body: paid(UNIT, 'EUR') });
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
    await wallets.grant({ id: 'g1', body: paid(UNIT) });
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
    await wallets.grant({ id: 'g1', body: paid(100n) });
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

describe('exactly once', () => {
  const three = [
    rated([0n, 2n], {
      echoes: [introduces(0n)],
      charges: [charge({ offset: 1n, amountNanos: 1n })],
    }),
    rated([2n, 4n], { charges: [charge({ offset: 2n, amountNanos: 10n })] }),
    rated([4n, 6n], {}),
  ];

  it('trims what rating published twice, and answers each range once', async () => {
    const [first, second, third] = three as [Buffer, Buffer, Buffer];
    const worker = wallets.worker(sent);
    await worker.apply([first, second]);
    await worker.apply([first, second, first, second, third, third]);
    expect((await balancesIn(auditor))['receivable/alice']).toBe(11n);
    expect(sent.messages().map((m) => [m.from.offset, m.to.offset])).toEqual([
      [0n, 2n],
      [2n, 4n],
      [4n, 6n],
    ]);
  });

  it('stops at a gap and applies nothing beyond it', async () => {
    const [first, , third] = three as [Buffer, Buffer, Buffer];
    const worker = wallets.worker(sent);
    await worker.apply([first]);
    await expect(worker.apply([first, third])).rejects.toMatchObject({
      failureClass: 'halt',
      reason: 'gap',
    });
    expect(sent.messages()).toHaveLength(1);
  });

  it('stops when the first message does not begin where the log begins', async () => {
    await expect(wallets.worker(sent).apply([three[1]!])).rejects.toMatchObject({ reason: 'gap' });
  });

  it.each([
    ['bytes that are no message', Buffer.from('not a message')],
    [
      'a charge of a customer that the log never introduced',
      rated([0n, 2n], { charges: [charge({ offset: 1n, amountNanos: 1n })] }),
    ],
    [
      'shares of more than the charge',
      rated([0n, 2n], {
        echoes: [introduces(0n)],
        charges: [
          charge({ offset: 1n, amountNanos: 5n, shares: [{ creator: 'c', amountNanos: 6n }] }),
        ],
      }),
    ],
  ])('stops the partition at %s', async (_what, bytes) => {
    await expect(wallets.worker(sent).apply([bytes])).rejects.toMatchObject({
      failureClass: 'halt',
      reason: 'unknown_message',
    });
    expect(await balancesIn(auditor)).toEqual({});
  });

  it('sends after a crash between commit and publish the very bytes that it would have sent', async () => {
    const crashed = new SentRecords();
    const first = wallets.worker(crashed, dies);
    const cursor = first.rated.cursor(PARTITION);
    const records = three.map((value, at) => ({
      offset: BigInt(at),
      key: null,
      value,
      headers: {},
      appendedAtMs: 0,
    }));
    await first.rated.applySome(cursor, () => records);
    expect(crashed.values).toEqual([]);

    const second = wallets.worker(sent);
    await second.rated.takeUp(PARTITION);
    await second.publisher.idle();
    const elsewhere = await openWalletsDatabase();
    const uninterrupted = new SentRecords();
    await elsewhere.worker(uninterrupted).apply(three);
    await elsewhere.close();
    expect(hex(sent)).toHaveLength(3);
    expect(hex(sent)).toEqual(hex(uninterrupted));
    const left = await auditor.query(
      'select count(*)::integer as n from paid_messages where published_at is null or message is not null',
    );
    expect(left).toEqual([{ n: 0 }]);
    await first.publisher.close();
  }, 20_000);

  it('sends again, in order, what Kafka did not acknowledge', async () => {
    const flaky = new SentRecords();
    const send = flaky.send.bind(flaky);
    let failures = 2;
    flaky.send = (request) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('no acknowledgement')) : send(request);
    };
    await wallets.worker(flaky).apply(three);
    expect(flaky.messages().map((m) => m.from.offset)).toEqual([0n, 2n, 4n]);
  });

  it('keeps its books when two workers bounce one partition', async () => {
    const ends: Buffer[] = [];
    const workers = [wallets.worker(sent), wallets.worker(sent)];
    await wallets.grant({ id: 'g1', body: paid(400n) });
    for (let at = 0n; at < 100n; at += 1n) {
      ends.push(
        rated([at, at + 1n], {
          echoes:
            at === 0n
              ? [introduces(0n, { funding: 'prepaid' })]
              : at % 10n === 9n
                ? [barrier(at, `run-${at}`)]
                : [],
          charges: [
            charge({
              offset: at,
              amountNanos: at,
              shares: [{ creator: `c${at % 7n}`, amountNanos: at / 2n }],
            }),
          ],
        }),
      );
      await workers[Number(at % 2n)]!.apply(ends);
    }
    expect(await balancesIn(auditor)).toMatchObject({
      'wallet/alice/g1': 0n,
      'receivable/alice': 4_950n - 400n,
    });
    const figures = distinctEchoes(sent);
    expect(figures).toHaveLength(10);
    expect(figures.every(({ charges }) => charges === 10n)).toBe(true);
    expect(figures.reduce((sum, { sums }) => sum + BigInt(sums[0]!.sumNanos), 0n)).toBe(4_950n);
    // Whoever takes over sends again what the other may not have; each range is there, and none before its turn.
    const offsets = sent.messages().map(({ from }) => Number(from.offset));
    const firsts = offsets.filter((offset, at) => offsets.indexOf(offset) === at);
    expect(firsts).toEqual(Array.from({ length: 100 }, (_, at) => at));
  }, 60_000);

  it('refuses to let any run-time role change what was posted', async () => {
    await wallets.worker(sent).apply(three);
    for (const table of ['entries', 'ledger_transactions', 'charge_payments']) {
      for (const role of [wallets.batch, wallets.api]) {
        await expect(role.query(`delete from ${table}`)).rejects.toMatchObject({ code: '42501' });
        await expect(role.query(`update ${table} set tenant = 'x'`)).rejects.toMatchObject({
          code: '42501',
        });
      }
    }
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
    expect(distinctEchoes(sent)).toMatchObject([
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

/** The barriers in order; what was sent twice counts once. */
function distinctEchoes(records: SentRecords) {
  const passed = records
    .messages()
    .flatMap(({ echoes }) =>
      echoes.flatMap(({ record }) => (record.case === 'barrierPassed' ? [record.value] : [])),
    );
  return passed.filter(({ runId }, at) => passed.findIndex((one) => one.runId === runId) === at);
}

function hex({ values }: SentRecords): string[] {
  return values.map((value) => value.toString('hex'));
}

function refundOf(offset: bigint, corrected: bigint) {
  const corrects = `chg_1-${PARTITION}-${corrected}-0-0`;
  return charge({ offset, amountNanos: -100n, kind: ChargeKind.ADJUSTMENT, corrects });
}

function dies(name: CrashPointName): void {
  if (name === 'before_publish') throw new Error('killed');
}
