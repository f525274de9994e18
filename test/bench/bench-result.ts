import { cpus } from 'node:os';
import type { AllModelsFigures } from './all-models.js';
import type { Contender } from './contender.js';
import { median } from './median.js';
import type { ReRatingFigures } from './re-rating.js';
import type { Pace } from './progress.js';
import type { Round } from './rounds.js';

/** What one run of the benchmarks found; the names of ratios are those of the design's bars. */
export interface BenchResult {
  /** Why the run does not count; absent when it does. */
  readonly void?: string;
  readonly rating_vs_textbook: number;
  readonly end_to_end_vs_copy: number;
  readonly rating_vs_keyed_copy: number;
  /** CPU of ingestion an event, in batches of 100; null where the system does not tell CPU time. */
  readonly edge_cpu_us_per_event: number | null;
  readonly envelope_us_per_event: number;
  readonly rerate_vs_sql: number;
  readonly rating_all_models_vs_one: number;
  /** What decides whether the run counts. */
  readonly textbook_vs_copy: number;
  readonly events_per_round: number;
  readonly rounds: number;
  readonly paces: Readonly<Record<Contender, MedianPace>>;
  /** Charges/s at which readers of rated messages catch up, each alone. */
  readonly downstream_charges_per_second: DownstreamRates;
  readonly re_rating: Omit<ReRatingFigures, 'ratio'>;
  readonly all_models: Omit<AllModelsFigures, 'ratio'>;
  /** Answers other than 202; what they were for was sent again. */
  readonly http_refused: number;
  readonly machine: {
    readonly cpus: number;
    readonly model: string;
    readonly node: string;
    readonly postgres: string;
  };
}

export interface DownstreamRates {
  readonly wallets: number;
  readonly invoicing: number;
}

/** Medians of the rounds. */
export interface MedianPace {
  readonly events_per_second: number;
  readonly charges_per_second: number;
  /** The slowest and the fastest round. */
  readonly charges_per_second_range: readonly [number, number];
  readonly cpu_us_per_event: Readonly<Record<string, number | null>>;
}

/** Of COPY text: a slower textbook worker is no measure. */
const TEXTBOOK_LEAST = 0.12;

export function benchResult(
  rounds: readonly Round[],
  around: {
    readonly events: number;
    readonly downstream: DownstreamRates;
    readonly reRating: ReRatingFigures;
    readonly allModels: AllModelsFigures;
    readonly postgres: string;
  },
): BenchResult {
  // Within a round the two of a ratio lie next to each other in time, whatever the machine does later.
  const ratio = (of: Contender, to: Contender) =>
    median(rounds.map(({ paces }) => paces[of].chargesPerSecond / paces[to].chargesPerSecond));
  const textbookVsCopy = ratio('textbook', 'copy_text');
  const pace = (contender: Contender) => medianPace(rounds.map(({ paces }) => paces[contender]));
  const { ratio: reRatingRatio, ...reRating } = around.reRating;
  const { ratio: allModelsRatio, ...allModels } = around.allModels;
  const edge = median(rounds.map(({ paces }) => paces.end_to_end.cpuMicros.ingestion!));
  return {
    ...(textbookVsCopy < TEXTBOOK_LEAST && {
      void: `the textbook worker reaches less than ${TEXTBOOK_LEAST} of COPY text`,
    }),
    rating_vs_textbook: rounded(ratio('rating', 'textbook')),
    end_to_end_vs_copy: rounded(ratio('end_to_end', 'copy_text')),
    rating_vs_keyed_copy: rounded(ratio('rating', 'copy_keyed')),
    edge_cpu_us_per_event: roundedOrNull(edge),
    envelope_us_per_event: rounded(median(rounds.map(({ envelopeMicros }) => envelopeMicros))),
    rerate_vs_sql: rounded(reRatingRatio),
    rating_all_models_vs_one: rounded(allModelsRatio),
    textbook_vs_copy: rounded(textbookVsCopy),
    events_per_round: around.events,
    rounds: rounds.length,
    paces: {
      copy_text: pace('copy_text'),
      copy_keyed: pace('copy_keyed'),
      textbook: pace('textbook'),
      rating: pace('rating'),
      end_to_end: pace('end_to_end'),
    },
    downstream_charges_per_second: around.downstream,
    re_rating: reRating,
    all_models: allModels,
    http_refused: rounds.reduce((sum, { httpRefused }) => sum + httpRefused, 0),
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model.trim() ?? 'unknown',
      node: process.versions.node,
      postgres: around.postgres,
    },
  };
}

function medianPace(paces: readonly Pace[]): MedianPace {
  const charges = paces.map(({ chargesPerSecond }) => Math.round(chargesPerSecond));
  const processes = Object.keys(paces[0]!.cpuMicros);
  return {
    events_per_second: Math.round(median(paces.map(({ eventsPerSecond }) => eventsPerSecond))),
    charges_per_second: Math.round(median(charges)),
    charges_per_second_range: [Math.min(...charges), Math.max(...charges)],
    cpu_us_per_event: Object.fromEntries(
      processes.map((name) => [
        name,
        roundedOrNull(median(paces.map(({ cpuMicros }) => cpuMicros[name]!))),
      ]),
    ),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** Null for what could not be measured. */
function roundedOrNull(value: number): number | null {
  return Number.isFinite(value) ? rounded(value) : null;
}
