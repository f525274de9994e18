import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import { describe, expect, it } from 'vitest';
import { CatalogFreshness } from './catalog-freshness.js';

/** A feed whose reads end when they are told to. */
function feed() {
  const ends: Array<() => void> = [];
  const readToEndAsOfNow = () => new Promise<void>((resolve) => ends.push(resolve));
  return { ends, freshness: new CatalogFreshness({ readToEndAsOfNow }) };
}

describe('CatalogFreshness', () => {
  it('answers whoever asks during a read with the next one, together', async () => {
    const { ends, freshness } = feed();
    const first = freshness.asOfNow(1_000);
    const later = [freshness.asOfNow(1_000), freshness.asOfNow(1_000)];
    expect(ends).toHaveLength(1);
    ends[0]!();
    await first;
    await expect.poll(() => ends.length).toBe(2);
    ends[1]!();
    await Promise.all(later);
    expect(ends).toHaveLength(2);
  });

  it('gives up at its deadline, however long Kafka takes', async () => {
    const { freshness } = feed();
    await expect(freshness.asOfNow(20)).rejects.toBeInstanceOf(DeadlineExceeded);
  });

  it('reads again after a read that failed', async () => {
    let attempts = 0;
    const readToEndAsOfNow = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('away');
    };
    const freshness = new CatalogFreshness({ readToEndAsOfNow });
    await expect(freshness.asOfNow(100)).rejects.toThrow('away');
    await freshness.asOfNow(100);
    expect(attempts).toBe(2);
  });
});
