import { describe, expect, it } from 'vitest';
import { AUGUST, NOW, TestLog } from '../rating-harness.spec.js';
import { readChunk, segmentsFrom } from './read-chunk.js';

const settles = () => false;
const still = { clock: () => 0, settles };
const DAY = 86_400_000_000;

describe('a chunk', () => {
  it('knows what it needs before its transaction', () => {
    const log = new TestLog();
    log.events([{ id: '1' }, { id: '2', occurredAt: NOW - 30 * DAY }]);
    log.barrier('run', AUGUST.from);
    log.control({
      case: 'customerChanged',
      value: { catalogVersion: 99n, interval: 4, funding: 2 },
    });
    const chunk = readChunk(log.records, 0, still);
    expect(chunk).toMatchObject({ events: 2, catalogVersion: 99 });
    expect([...chunk.usageMonths]).toEqual([202608, 202607]);
    const segments = segmentsFrom(chunk, 0n);
    expect(segments.map((segment) => segment.case)).toEqual(['events', 'controls']);
    expect(segmentsFrom(chunk, 2n)).toMatchObject([{ controls: [{ offset: 2n }] }]);
  });

  it('has a barrier that settles alone: passing it may take many transactions', () => {
    const log = new TestLog();
    log.events([{ id: '1' }]);
    log.barrier('run', AUGUST.from);
    log.events([{ id: '2' }]);
    const settling = { ...still, settles: () => true };
    expect(readChunk(log.records, 0, still).records).toHaveLength(3);
    expect(readChunk(log.records, 0, settling).records).toHaveLength(1);
    expect(readChunk(log.records, 1, settling)).toMatchObject({
      records: [{ offset: 1n }],
      entries: [],
      barrier: { offset: 1n, barrier: { runId: 'run' } },
    });
  });

  it('ends where the week of arrival does: its keys go into one table', () => {
    const log = new TestLog();
    log.events([{ id: '1' }], NOW);
    log.events([{ id: '2' }], NOW + 7 * DAY);
    const first = readChunk(log.records, 0, still);
    const second = readChunk(log.records, first.records.length, still);
    expect([first.records.length, second.records.length]).toEqual([1, 1]);
    expect(second.week).toBe(first.week + 1);
  });

  it('ends when the time is up, but never empty', () => {
    const log = new TestLog();
    for (let at = 0; at < 5; at++) log.events([{ id: String(at) }]);
    let now = 0;
    expect(readChunk(log.records, 0, { clock: () => (now += 150), settles }).records).toHaveLength(
      1,
    );
  });

  it('ends before a record that this version does not apply, and halts when that comes first', () => {
    const log = new TestLog();
    log.events([{ id: '1' }]);
    log.control({ case: 'handOver', value: { commandId: 'h', nextGeneration: 2 } });
    expect(readChunk(log.records, 0, still).records).toHaveLength(1);
    expect(() => readChunk(log.records, 1, still)).toThrow(
      /does not apply a record of the case handOver/,
    );
  });

  it('halts at a correction that does not carry the one event that it should', () => {
    const log = new TestLog();
    const named = { commandId: 'correct:x', tenant: 'acme', customer: 'ann' };
    log.control({ case: 'correct', value: named });
    log.control({ case: 'correct', value: { ...named, replacement: { catalogVersion: 1n } } });
    log.control({ case: 'void', value: { ...named, by: { catalogVersion: 1n } } });
    for (const at of [0, 1, 2]) {
      expect(() => readChunk(log.records, at, still)).toThrow(/envelope of one event/);
    }
  });
});
