import { beforeEach, describe, expect, it } from 'vitest';
import { fixedClock } from '@farthing/testing/fixed-clock';
import {
  balancesIn,
  charge,
  introduces,
  JANUARY,
  assertSoundBooks,
  openWalletsDatabase,
  rated,
  SentRecords,
  type WalletsDatabase,
} from '../wallets-harness.spec.js';
import { expireGrants } from './expire-grants.js';

let wallets: WalletsDatabase;
const expiresAt = JANUARY + 5_000_000;

beforeEach(async () => {
  wallets = await openWalletsDatabase();
  const body = { amount: { amount: 100n, currency: 'USD' }, kind: 'paid' as const, priority: 100 };
  await wallets.grant({ id: 'ends', body: { ...body, expiresAt } });
  await wallets.grant({ id: 'stays', body });
  return async () => {
    await assertSoundBooks(wallets.auditor);
    await wallets.close();
  };
});

function expireAt(micros: number, settleMs = 1_000): Promise<number> {
  const { batch, metrics } = wallets;
  return expireGrants({ dataSource: batch, metrics, clock: fixedClock(micros), settleMs });
}

describe('expiry', () => {
  it('posts the remainder to breakage once, when it has settled, booked at its end', async () => {
    const log = [
      rated([0n, 3n], {
        echoes: [introduces(0n, { funding: 'prepaid' })],
        charges: [charge({ offset: 1n, amountNanos: 30n })],
      }),
    ];
    await wallets.worker(new SentRecords()).apply(log);
    expect(await expireAt(expiresAt + 999_999)).toBe(0);
    // Two processes find it due at the same time.
    const both = await Promise.all([
      expireAt(expiresAt + 1_000_000),
      expireAt(expiresAt + 1_000_000),
    ]);
    expect(both.toSorted()).toEqual([0, 1]);
    expect(await expireAt(expiresAt + 9_000_000)).toBe(0);
    expect(await balancesIn(wallets.auditor)).toMatchObject({
      'wallet/alice/ends': 0n,
      'wallet/alice/stays': 100n,
      breakage: 70n,
    });
    const [booked] = await wallets.auditor.query<{ at: string }[]>(
      `select (extract(epoch from booked_at) * 1000000)::bigint as at from ledger_transactions where kind = 'expiry'`,
    );
    expect(Number(booked!.at)).toBe(expiresAt);
  });

  it('lets what occurred before the end and came in time be paid, and what came too late be receivable', async () => {
    const worker = wallets.worker(new SentRecords());
    const occurredAt = expiresAt - 1;
    const spend = (offset: bigint) => charge({ offset, amountNanos: 150n, occurredAt });
    const echoes = [introduces(0n, { funding: 'prepaidThenPostpaid' })];
    const log = [
      rated([0n, 2n], { echoes, charges: [spend(1n)] }),
      rated([2n, 4n], { charges: [spend(3n)] }),
    ];
    await worker.apply(log.slice(0, 1));
    await expireAt(expiresAt + 1_000_000);
    await worker.apply(log);
    expect(await balancesIn(wallets.auditor)).toMatchObject({
      'wallet/alice/ends': 0n,
      'wallet/alice/stays': 0n,
      'receivable/alice': 100n,
    });
    // Nothing was left, so nothing is breakage.
    expect(await balancesIn(wallets.auditor)).not.toHaveProperty('breakage');
  });
});
