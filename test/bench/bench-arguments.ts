export interface BenchArguments {
  readonly json: boolean;
  /** Of one round of one contender, duplicates included. */
  readonly events: number;
  readonly rounds: number;
}

export type BenchArgumentsOutcome =
  | { readonly outcome: 'run'; readonly arguments: BenchArguments }
  | { readonly outcome: 'help' }
  | { readonly outcome: 'refused'; readonly sentence: string };

export const BENCH_USAGE = `npm run bench -- [--json] [--events N] [--rounds N]

  --json       print one JSON object on stdout and nothing else there
  --events N   events of one round of one contender (default 200000)
  --rounds N   rounds, of which the medians are taken (default 5)
`;

const EVENTS_MIN = 20_000;

export function benchArguments(words: readonly string[]): BenchArgumentsOutcome {
  let parsed: BenchArguments = { json: false, events: 200_000, rounds: 5 };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--help') return { outcome: 'help' };
    if (word === '--json') {
      parsed = { ...parsed, json: true };
      continue;
    }
    if (word !== '--events' && word !== '--rounds') {
      return { outcome: 'refused', sentence: `Unknown argument ${word}.` };
    }
    const least = word === '--events' ? EVENTS_MIN : 1;
    const value = rest.shift() ?? '';
    if (!/^[1-9]\d{0,8}$/.test(value) || Number(value) < least) {
      return { outcome: 'refused', sentence: `${word} takes a number of at least ${least}.` };
    }
    parsed = { ...parsed, [word.slice(2)]: Number(value) };
  }
  return { outcome: 'run', arguments: parsed };
}
