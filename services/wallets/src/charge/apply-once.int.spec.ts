import { beforeEach, describe, expect, it } from 'vitest';
import type { CrashPointName } from '@farthing/adapters/config/crash-point';
import type { DataSource } from 'typeorm';
import {
  assertSoundBooks,
  balancesIn,
  barrier,
  charge,
  credit,
  distinctBarriers,
  introduces,
  openWalletsDatabase,
  PARTITION,
  rated,
  SentRecords,
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
    await wallets.grant({ id: 'g1', body: credit(400n) });
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
    const figures = distinctBarriers(sent);
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

function hex({ values }: SentRecords): string[] {
  return values.map((value) => value.toString('hex'));
}

function dies(name: CrashPointName): void {
  if (name === 'before_publish') throw new Error('killed');
}
