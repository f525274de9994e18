import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KnownEvents, type KnownEvent } from './known-events.js';
import { RecentKeys } from './recent-keys.js';

const keyOf = (at: number) => createHash('sha256').update(String(at)).digest().subarray(0, 16);
const known = (at: number): KnownEvent => ({
  keys: keyOf(at),
  keyAt: 0,
  hashes: Buffer.alloc(32),
  hashAt: 0,
});

describe('known events', () => {
  it('finds by the whole key, also among more than it was made for', () => {
    const events = new KnownEvents(4);
    for (let at = 0; at < 1_000; at++) events.add(known(at));
    for (let at = 0; at < 1_000; at++) expect(events.find(keyOf(at), 0)?.keys).toEqual(keyOf(at));
    const almost = Buffer.from(keyOf(7));
    almost[15]! ^= 1;
    expect(events.find(almost, 0)).toBeUndefined();
  });

  it('finds a key in the middle of a column', () => {
    const events = new KnownEvents(4);
    events.add({ ...known(1), keys: Buffer.concat([keyOf(0), keyOf(1)]), keyAt: 16 });
    const column = Buffer.concat([keyOf(5), keyOf(6), keyOf(1)]);
    expect(events.find(column, 32)).toBeDefined();
    expect(events.find(column, 16)).toBeUndefined();
  });

  it('forgets what came after a mark, and no more', () => {
    const events = new KnownEvents(100);
    for (let at = 0; at < 60; at++) events.add(known(at));
    events.truncate(20);
    expect(events.length).toBe(20);
    expect(events.find(keyOf(19), 0)).toBeDefined();
    expect(events.find(keyOf(20), 0)).toBeUndefined();
    events.add(known(20));
    expect(events.find(keyOf(20), 0)).toBeDefined();
  });
});

it('recent keys remember the late ones and stay as small as they are', () => {
  const recent = new RecentKeys();
  expect(recent.has(Buffer.alloc(16), 0)).toBe(false);
  for (let at = 0; at < 30_000; at++) recent.add(keyOf(at), 0);
  expect(recent.has(keyOf(29_999), 0)).toBe(true);
  const wrong = Array.from({ length: 2_000 }, (_, at) => recent.has(keyOf(1_000_000 + at), 0));
  expect(wrong.filter(Boolean).length).toBeLessThan(3);
});
