import type { BenchResult, MedianPace } from './bench-result.js';
import type { Contender } from './contender.js';

interface Bar {
  readonly name: keyof BenchResult;
  readonly bar?: number;
  readonly moonshot?: number;
  /** The less the better. */
  readonly atMost?: boolean;
}

const BARS: ReadonlyArray<Bar & { readonly of: (result: BenchResult) => number | null }> = [
  { name: 'rating_vs_textbook', bar: 3, moonshot: 10, of: (it) => it.rating_vs_textbook },
  { name: 'end_to_end_vs_copy', bar: 0.25, moonshot: 0.5, of: (it) => it.end_to_end_vs_copy },
  { name: 'rating_vs_keyed_copy', bar: 0.4, moonshot: 0.8, of: (it) => it.rating_vs_keyed_copy },
  { name: 'edge_cpu_us_per_event', of: (it) => it.edge_cpu_us_per_event },
  { name: 'envelope_us_per_event', bar: 1, atMost: true, of: (it) => it.envelope_us_per_event },
  { name: 'rerate_vs_sql', bar: 0.5, of: (it) => it.rerate_vs_sql },
  { name: 'rating_all_models_vs_one', bar: 0.8, of: (it) => it.rating_all_models_vs_one },
];

const TITLES: Readonly<Record<Contender, string>> = {
  copy_text: 'COPY text, no index',
  copy_keyed: 'binary COPY, keyed table',
  textbook: 'textbook worker',
  rating: 'rating, Kafka to charges',
  end_to_end: 'HTTP to charges',
};

const NAME_WIDTH = 26;

/** The result for a person. */
export function benchTable(result: BenchResult): string {
  const { machine, downstream_charges_per_second: downstream } = result;
  const wallets = thousands(downstream.wallets);
  const invoicing = thousands(downstream.invoicing);
  const contenders = Object.entries(result.paces) as [Contender, MedianPace][];
  const lines = [
    `${machine.cpus} × ${machine.model}, Node ${machine.node}, PostgreSQL ${machine.postgres}, fsync on`,
    `${result.rounds} rounds of ${result.events_per_round} events, two charges each; medians`,
    '',
    ...contenders.map(paceLine),
    reRatingLine(result),
    allModelsLine(result),
    `beside them, each alone: wallets ${wallets} charges/s, invoicing ${invoicing} charges/s`,
    '',
    ...BARS.map((bar) => barLine(bar, bar.of(result))),
    `${'textbook_vs_copy'.padEnd(NAME_WIDTH)} ${result.textbook_vs_copy.toFixed(3)}`,
    ...(result.void === undefined ? [] : ['', `VOID: ${result.void}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function paceLine([contender, pace]: [Contender, MedianPace]): string {
  const [least, most] = pace.charges_per_second_range.map(thousands);
  const cpu = Object.entries(pace.cpu_us_per_event)
    .map(([name, micros]) => `${name} ${micros === null ? '–' : micros.toFixed(1)}`)
    .join(', ');
  return [
    TITLES[contender].padEnd(NAME_WIDTH),
    `${thousands(pace.charges_per_second)} charges/s`.padStart(18),
    `  (${least} to ${most})`.padEnd(24),
    `CPU µs/event: ${cpu}`,
  ].join('');
}

function reRatingLine({
  re_rating: { charges, changed, charges_per_second, peak_mb },
}: BenchResult): string {
  const [diff, sql] = [charges_per_second.diff, charges_per_second.sql].map(thousands);
  return (
    `re-rating ${thousands(charges)} charges, ${thousands(changed)} changed: ${diff} charges/s, ` +
    `the SQL ${sql}; at most ${peak_mb.all} MB, for a tenth of them ${peak_mb.tenth} MB`
  );
}

function allModelsLine({
  all_models: { charges_per_second, cpu_us_per_event },
}: BenchResult): string {
  const [all, one] = [charges_per_second.all, charges_per_second.one].map(thousands);
  return (
    `20 prices of all models: ${all} charges/s (${cpu_us_per_event.all} µs of rating an event), ` +
    `one per unit ${one} (${cpu_us_per_event.one} µs); one charge an event in both`
  );
}

function barLine({ name, bar, moonshot, atMost = false }: Bar, value: number | null): string {
  const found = `${name.padEnd(NAME_WIDTH)} ${value === null ? '–' : value.toFixed(3)}`;
  if (bar === undefined || value === null) return found;
  const verdict = (atMost ? value <= bar : value >= bar) ? 'holds' : 'FALLS SHORT';
  const further = moonshot === undefined ? '' : `, moonshot ${moonshot}`;
  return `${found}  ${verdict} (bar ${atMost ? '≤' : '≥'} ${bar}${further})`;
}

function thousands(value: number): string {
  return `${(value / 1_000).toFixed(1)} k`;
}
