import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AdaptivePacker, type PackerOptions } from './adaptive-linger.js';

interface Item {
  readonly id: number;
}

function packerOf(
  options: Partial<PackerOptions<Item>> & { perRecord?: number; sendMs?: number } = {},
) {
  const sent: number[][] = [];
  let offset = 0n;
  const packer = new AdaptivePacker<Item>({
    pack: (_partition, items) => {
      const size = options.perRecord ?? 1_000;
      const records = [];
      for (let at = 0; at < items.length; at += size) {
        const slice = items.slice(at, at + size);
        records.push({ value: Buffer.from(slice.map(({ id }) => id).join()), items: slice });
      }
      return records;
    },
    send: async (_partition, values) => {
      await sleep(options.sendMs ?? 1);
      for (const value of values) sent.push(value.toString().split(',').map(Number));
      offset += BigInt(values.length);
      return offset - BigInt(values.length);
    },
    ...options,
  });
  return { packer, sent };
}

test('a lone item does not wait; what arrives during a send goes with the next', async () => {
  const { packer, sent } = packerOf({ sendMs: 20 });
  const first = packer.submit(0, { id: 0 });
  await sleep(5);
  const rest = [1, 2, 3].map((id) => packer.submit(0, { id }));
  expect(await first).toEqual({ offset: 0n });
  expect(await Promise.all(rest)).toEqual([{ offset: 1n }, { offset: 1n }, { offset: 1n }]);
  expect(sent).toEqual([[0], [1, 2, 3]]);
});

test('each item is acknowledged with the offset of its own record', async () => {
  const { packer, sent } = packerOf({ perRecord: 2 });
  const acks = await Promise.all([0, 1, 2, 3, 4].map((id) => packer.submit(0, { id })));
  expect(acks.map(({ offset }) => offset)).toEqual([0n, 0n, 1n, 1n, 2n]);
  expect(sent).toEqual([[0, 1], [2, 3], [4]]);
});

test('a failed send fails its items and no others', async () => {
  let fail = true;
  const { packer } = packerOf({
    send: async () => {
      if (fail) throw new Error('away');
      return 7n;
    },
  });
  await expect(packer.submit(0, { id: 0 })).rejects.toThrow('away');
  fail = false;
  expect(await packer.submit(0, { id: 1 })).toEqual({ offset: 7n });
});

test('beyond its bound it refuses at once, and has room again after the acknowledgement', async () => {
  const { packer } = packerOf({ maxWaiting: 2 });
  const taken = [packer.submit(0, { id: 0 }), packer.submit(1, { id: 1 })];
  await expect(packer.submit(0, { id: 2 })).rejects.toThrow('too many items');
  await Promise.all(taken);
  await expect(packer.submit(0, { id: 3 })).resolves.toBeDefined();
});

test('records too large for one send go in several, in order', async () => {
  const calls: number[] = [];
  const { packer } = packerOf({
    perRecord: 1,
    maxSendBytes: 2,
    send: async (_partition, values) => {
      calls.push(values.length);
      return BigInt(calls.length * 10);
    },
  });
  const acks = await Promise.all([0, 1, 2].map((id) => packer.submit(0, { id })));
  expect(calls).toEqual([2, 1]);
  expect(acks.map(({ offset }) => offset)).toEqual([10n, 11n, 20n]);
});
