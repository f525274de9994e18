import { BENCH_USAGE, benchArguments, type BenchArguments } from './bench-arguments.js';
import { openBenchPlace } from './bench-place.js';
import { benchResult, type BenchResult } from './bench-result.js';
import { catchUpRate } from './downstream-rates.js';
import { measureAllModels } from './all-models.js';
import { measureReRating } from './re-rating.js';
import { benchTable } from './report.js';
import { Rounds, type Round } from './rounds.js';

/** A million for a round of usual size. */
const CHARGES_PER_EVENT = 5;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** `npm run bench`; answers the exit code. Only the result goes to stdout. */
export async function benchCommand(words: readonly string[]): Promise<number> {
  const parsed = benchArguments(words);
  if (parsed.outcome === 'help') {
    process.stdout.write(BENCH_USAGE);
    return 0;
  }
  if (parsed.outcome === 'refused') {
    process.stderr.write(`${parsed.sentence}\n\n${BENCH_USAGE}`);
    return EXIT_USAGE;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(EXIT_FAILED));
  }
  try {
    const result = await bench(parsed.arguments);
    process.stdout.write(
      parsed.arguments.json ? `${JSON.stringify(result)}\n` : benchTable(result),
    );
    return result.void === undefined ? 0 : EXIT_FAILED;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_FAILED;
  }
}

async function bench({ events, rounds }: BenchArguments): Promise<BenchResult> {
  const place = await openBenchPlace(report);
  try {
    const running = await Rounds.prepare(place, events, report);
    const measured: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      measured.push(await running.next());
      report(`round ${round} of ${rounds}: ${roundText(measured.at(-1)!)}`);
    }
    const downstream = {
      wallets: Math.round(await catchUpRate(place.stack, place.live, 'wallets')),
      invoicing: Math.round(await catchUpRate(place.stack, place.live, 'invoicing')),
    };
    const reRating = await measureReRating(place, { charges: CHARGES_PER_EVENT * events, rounds });
    report(`re-rating: ${reRating.ratio.toFixed(2)} of the SQL that reads the charges`);
    const allModels = await measureAllModels(place, { events, rounds });
    report(`all models: ${allModels.ratio.toFixed(2)} of one price per unit`);
    const { rows } = await place.live.query<{ server_version: string }>(`show server_version`);
    return benchResult(measured, {
      events,
      downstream,
      reRating,
      allModels,
      postgres: rows[0]!.server_version,
    });
  } finally {
    await place.close();
  }
}

/** In thousands of charges a second. */
function roundText({ paces }: Round): string {
  return Object.entries(paces)
    .map(([name, { chargesPerSecond }]) => `${name} ${Math.round(chargesPerSecond / 1_000)} k`)
    .join(', ');
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
