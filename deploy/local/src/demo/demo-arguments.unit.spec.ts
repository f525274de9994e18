import { describe, expect, it } from 'vitest';
import { demoArguments } from './demo-arguments.js';

describe('demoArguments', () => {
  it.each([
    [[], { seed: 1, json: false }],
    [['--json', '--seed', '7'], { seed: 7, json: true }],
    [['--access-log', 'a.gz'], { seed: 1, json: false, accessLog: 'a.gz' }],
    [
      ['--access-log', 'a', '--tariff', 't.yaml'],
      { seed: 1, json: false, accessLog: 'a', tariff: 't.yaml' },
    ],
  ])('%j', (words, expected) => {
    expect(demoArguments(words)).toEqual({ outcome: 'parsed', arguments: expected });
  });

  it.each([
    [['--seed', 'x']],
    [['--nope']],
    [['word']],
    [['--access-log', 'a', '--seed', '2']],
    [['--tariff', 't']],
  ])('refuses %j with a sentence', (words) => {
    const parsed = demoArguments(words);
    expect(parsed.outcome).toBe('refused');
    expect(parsed.outcome === 'refused' && parsed.sentence.length).toBeGreaterThan(10);
  });
});
