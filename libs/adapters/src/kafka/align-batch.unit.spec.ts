import { expect, test } from 'vitest';
import { BatchAligner } from './align-batch.js';
import type { RecordBatch } from './batch-handler.js';

function batchOf(offsets: readonly number[], sought: bigint[] = [], stale = false): RecordBatch {
  return {
    topic: 'readings',
    partition: 3,
    highWatermark: 100n,
    records: offsets.map((offset) => ({
      offset: BigInt(offset),
      key: null,
      value: null,
      headers: {},
      appendedAtMs: 0,
    })),
    heartbeat: async () => undefined,
    isRunning: () => true,
    isStale: () => stale,
    seek: (offset) => sought.push(offset),
  };
}

test('what lies below the stored offset is dropped, as a zombie re-delivers it', () => {
  const alignment = new BatchAligner().align(batchOf([4, 5, 6, 7]), 6n);
  expect(alignment).toMatchObject({ outcome: 'apply', records: [{ offset: 6n }, { offset: 7n }] });
});

test('a batch that was applied as a whole is nothing', () => {
  expect(new BatchAligner().align(batchOf([4, 5]), 6n).outcome).toBe('nothing');
});

test('a batch that starts too far on is sought back from, once', () => {
  const aligner = new BatchAligner();
  const sought: bigint[] = [];
  expect(aligner.align(batchOf([8, 9], sought), 6n).outcome).toBe('sought');
  expect(sought).toEqual([6n]);
  // Computed from before the seek: it says nothing about what the broker has.
  expect(aligner.align(batchOf([10], sought, true), 6n).outcome).toBe('nothing');
  expect(aligner.align(batchOf([6, 7], sought), 6n).outcome).toBe('apply');
});

test('still too far on after the seek means lost records, and the partition stops', () => {
  const aligner = new BatchAligner();
  aligner.align(batchOf([8]), 6n);
  expect(() => aligner.align(batchOf([8]), 6n)).toThrow('asked for 6 and got 8');
});

test('a hole inside a batch stops the partition', () => {
  expect(() => new BatchAligner().align(batchOf([6, 8]), 6n)).toThrow('offset 8 follows 6');
});
