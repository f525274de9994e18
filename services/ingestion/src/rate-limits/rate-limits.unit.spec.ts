import { describe, expect, it } from 'vitest';
import { RateLimits } from './rate-limits.js';

const SENDER = { tenant: 'acme', keyId: 'k1' };

function limits() {
  return new RateLimits({
    perTenant: { eventsPerSecond: 100, burstEvents: 200 },
    perKey: { eventsPerSecond: 50, burstEvents: 100 },
  });
}

describe('RateLimits', () => {
  it('says how long to wait, and takes nothing then', () => {
    const subject = limits();
    expect(subject.take(SENDER, 80, 0)).toBe(0);
    expect(subject.take(SENDER, 30, 0)).toBe(200);
    expect(subject.take(SENDER, 30, 199)).toBe(1);
    expect(subject.take(SENDER, 30, 200)).toBe(0);
  });

  it('holds a tenant to its own limit, whatever its keys', () => {
    const subject = limits();
    expect(subject.take(SENDER, 100, 0)).toBe(0);
    expect(subject.take({ ...SENDER, keyId: 'k2' }, 100, 0)).toBe(0);
    expect(subject.take({ ...SENDER, keyId: 'k3' }, 1, 0)).toBe(10);
    expect(subject.take({ tenant: 'other', keyId: 'k4' }, 100, 0)).toBe(0);
  });

  it('lets a request above the burst pass a full bucket, on credit', () => {
    const subject = limits();
    expect(subject.take(SENDER, 150, 0)).toBe(0);
    expect(subject.take(SENDER, 1, 0)).toBe(1_020);
  });

  it('gives an estimate that was too high back, and no more than the burst', () => {
    const subject = limits();
    expect(subject.take(SENDER, 100, 0)).toBe(0);
    subject.correct(SENDER, -40, 0);
    expect(subject.take(SENDER, 40, 0)).toBe(0);
    subject.correct(SENDER, -500, 0);
    expect(subject.take(SENDER, 100, 0)).toBe(0);
    expect(subject.take(SENDER, 1, 0)).toBe(20);
  });

  it('takes nothing away when the clock is set back', () => {
    const subject = limits();
    expect(subject.take(SENDER, 50, 10_000)).toBe(0);
    expect(subject.take(SENDER, 50, 0)).toBe(0);
  });
});
