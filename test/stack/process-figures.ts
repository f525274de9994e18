import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames, type ServiceName } from '@farthing/local/service-names';
import type { Stack } from '@farthing/local/stack';

export type PerService = Readonly<Record<ServiceName, number>>;

/** Linux counts processor time in these, whatever the kernel was built with (`getconf CLK_TCK`). */
const TICKS_A_SECOND = 100;
const SAMPLE_EVERY_MS = 250;

/** Megabytes resident now, of each service. */
export function residentMegabytes(stack: Stack): PerService {
  return ofEach(stack, (pid) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1024;
  });
}

/** The most that each service had resident while something was done. */
export async function peakMegabytesDuring<Value>(
  stack: Stack,
  work: () => Promise<Value>,
): Promise<{ value: Value; peak: PerService }> {
  let peak = residentMegabytes(stack);
  const timer = setInterval(() => {
    const now = residentMegabytes(stack);
    peak = mapped((service) => Math.max(peak[service], now[service]));
  }, SAMPLE_EVERY_MS);
  try {
    const value = await work();
    return { value, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Percent of one core that each service uses over a time. */
export async function cpuPercentOver(stack: Stack, seconds: number): Promise<PerService> {
  const before = cpuSeconds(stack);
  const from = performance.now();
  await sleep(seconds * 1_000);
  const after = cpuSeconds(stack);
  const passed = (performance.now() - from) / 1_000;
  return mapped((service) => ((after[service] - before[service]) / passed) * 100);
}

function cpuSeconds(stack: Stack): PerService {
  return ofEach(stack, (pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name may hold spaces and brackets; fields are counted after it. 14 is utime, 15 stime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  });
}

function ofEach(stack: Stack, figure: (pid: number) => number): PerService {
  const { pids } = stack;
  return mapped((service) => {
    const pid = pids[service];
    if (pid === undefined) throw new Error(`${service} does not run`);
    return figure(pid);
  });
}

function mapped(figure: (service: ServiceName) => number): PerService {
  return Object.fromEntries(serviceNames.map((name) => [name, figure(name)])) as PerService;
}
