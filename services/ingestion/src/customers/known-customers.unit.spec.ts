import { describe, expect, it, vi } from 'vitest';
import type { CustomerDirectory } from './customer-directory.client.js';
import { KnownCustomers } from './known-customers.js';

function knownCustomers(
  answer: (customers: readonly string[]) => Promise<readonly boolean[]>,
  entriesMax = 10,
) {
  const known = vi.fn<CustomerDirectory['known']>(({ customers }) => answer(customers));
  const onUnanswered = vi.fn<(error: unknown) => void>();
  const directory = { known };
  const subject = new KnownCustomers({ directory, entriesMax, deadlineMs: 250, onUnanswered });
  const asked = () => known.mock.calls.map(([request]) => request.customers);
  return { subject, asked, onUnanswered };
}

const startsWithA = async (customers: readonly string[]) =>
  customers.map((customer) => customer.startsWith('a'));

describe('KnownCustomers', () => {
  it('remembers who is known and never who is not', async () => {
    const { subject, asked } = knownCustomers(startsWithA);
    expect([...(await subject.strangersAmong('t', ['ann', 'bob']))]).toEqual(['bob']);
    expect([...(await subject.strangersAmong('t', ['ann', 'bob']))]).toEqual(['bob']);
    expect(await subject.strangersAmong('other', ['ann'])).toEqual(new Set());
    expect(asked()).toEqual([['ann', 'bob'], ['bob'], ['ann']]);
  });

  it('forgets the least recently used first', async () => {
    const { subject, asked } = knownCustomers(startsWithA, 2);
    for (const customer of ['a1', 'a2', 'a1', 'a3', 'a1', 'a2']) {
      await subject.strangersAmong('t', [customer]);
    }
    expect(asked()).toEqual([['a1'], ['a2'], ['a3'], ['a2']]);
  });

  it('asks for at most a thousand at once', async () => {
    const { subject, asked } = knownCustomers(startsWithA);
    await subject.strangersAmong(
      't',
      Array.from({ length: 1_001 }, (_, i) => `b${i}`),
    );
    expect(asked().map(({ length }) => length)).toEqual([1_000, 1]);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['answers another number', () => Promise.resolve([false])],
  ])('takes nobody for a stranger when the directory %s', async (_, answer) => {
    const { subject, onUnanswered } = knownCustomers(answer);
    expect(await subject.strangersAmong('t', ['ann', 'bob'])).toEqual(new Set());
    expect(onUnanswered).toHaveBeenCalledTimes(1);
  });
});
