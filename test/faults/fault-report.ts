import type { DemoResult } from '@farthing/local/demo/run-demo';
import type { Effects } from './effects.js';
import type { FaultInjector } from './fault-injector.js';

export interface FaultyRun {
  readonly seed: number;
  readonly injector: FaultInjector;
  readonly result: DemoResult;
  readonly effects: Effects;
}

/** What a run did and what came of it, for a person. */
export function faultReport({ seed, injector, result, effects }: FaultyRun): string {
  const byName = new Map<string, number>();
  for (const { name } of injector.injected) byName.set(name, (byName.get(name) ?? 0) + 1);
  const times = injector.injected.map(({ recoveryMs }) => recoveryMs).toSorted((a, b) => a - b);
  const { sent, counts } = result;
  return [
    `seed ${seed}: ${sent.sent} events, ${injector.injected.length} faults`,
    ...[...byName.keys()].toSorted().map((name) => `  ${byName.get(name)} × ${name}`),
    ...injector.ended.map(
      ({ service, lastWords }) => `ended by itself and started again: ${service}: ${lastWords}`,
    ),
    `charges ${effects.expected}, lost ${effects.lost}, duplicated ${effects.duplicated}; ` +
      `duplicates refused ${counts.duplicate}`,
    `ready again: p50 ${shown(times, 0.5)}, p99 ${shown(times, 0.99)}`,
    '',
  ].join('\n');
}

function shown(sorted: readonly number[], share: number): string {
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return `${((sorted[at] ?? 0) / 1_000).toFixed(1)} s`;
}
