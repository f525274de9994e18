import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allTogether } from './all-together.js';

it('stops the others when one fails, and throws the first failure once all have ended', async () => {
  const ended: string[] = [];
  const waits = async (stop: AbortSignal): Promise<void> => {
    try {
      await sleep(10_000, undefined, { signal: stop });
    } finally {
      ended.push('waiter');
    }
  };
  await expect(allTogether([waits, () => Promise.reject(new Error('the first'))])).rejects.toThrow(
    'the first',
  );
  expect(ended).toEqual(['waiter']);
});

it('begins nothing when it is told to stop beforehand', async () => {
  const begun: number[] = [];
  const work = async (): Promise<void> => void begun.push(1);
  await expect(allTogether([work], AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  expect(begun).toEqual([]);
});

it('throws nothing when all succeed', async () => {
  const done: number[] = [];
  await allTogether([async () => void done.push(1), async () => void done.push(2)]);
  expect(done).toEqual([1, 2]);
});
