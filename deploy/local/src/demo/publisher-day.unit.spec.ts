import { describe, expect, it } from 'vitest';
import { lastCompleteMonth } from './demo-events.js';
import { publisherDay } from './publisher-day.js';

const month = lastCompleteMonth(new Date('2026-01-15T00:00:00Z'));
const dayOf = (seed: number) => [...publisherDay({ seed, events: 8_000, month })];

describe('publisherDay', () => {
  it('is the same for the same seed and another for another', () => {
    expect(dayOf(1)).toEqual(dayOf(1));
    expect(dayOf(1)).not.toEqual(dayOf(2));
  });

  it('sends about 5 % again and malforms every 400th', () => {
    const day = dayOf(1);
    const texts = new Set(day.map(({ text }) => text));
    const resent = day.length - 8_000;
    expect(texts.size).toBe(8_000);
    expect(resent).toBeGreaterThan(300);
    expect(resent).toBeLessThan(500);
    expect(day.filter(({ text }) => text.includes('page.printed'))).toHaveLength(5);
  });

  it('has few who take much and many who take little', () => {
    const counts = new Map<string, number>();
    for (const { subject } of dayOf(1)) counts.set(subject, (counts.get(subject) ?? 0) + 1);
    const sorted = [...counts.values()].toSorted((a, b) => b - a);
    expect(sorted[0]!).toBeGreaterThan(10 * sorted[Math.floor(sorted.length / 2)]!);
  });
});
