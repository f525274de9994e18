import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { demoJson } from '@farthing/local/demo/demo-json';
import type { DemoInput } from '@farthing/local/demo/run-demo';
import { seededRandom } from '../bench/seeded-random.js';
import { expectedFigures, playedDay } from '../stack/access-log.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { startOnOwnServers, type TestStack } from '../stack/test-stack.js';
import type { Effects } from './effects.js';
import { FaultInjector } from './fault-injector.js';
import { faultPlan, faultSeed, type Fault, type Random } from './fault-plan.js';
import { faultReport } from './fault-report.js';
import { chargedEffects, playUnderFaults } from './faulty-day.js';
import { PlantedConsumer } from './planted-consumer.js';

const USAGE = `npm run soak [-- OPTIONS]
  --days N    how often the log is played, each time as another tenant (default 10)
  --kills N   kills of services a day (default 24)
  --seed N    plays an earlier run again (default: a new one)
`;

/** What befalls the servers in each day, besides the kills. */
const SERVER_FAULTS_A_DAY: readonly Fault[] = [
  { kind: 'stop kafka' },
  { kind: 'kill kafka' },
  { kind: 'immediate stop of postgres' },
  { kind: 'immediate stop of postgres' },
];

/** Of a day's faults, the share that falls into the closing of its month. */
const CLOSING_SHARE = 0.25;

interface Soak {
  readonly running: TestStack;
  readonly random: Random;
  readonly seed: number;
  readonly kills: number;
  readonly planted: PlantedConsumer;
}

interface SoakedDay {
  readonly effects: Effects;
  readonly faults: number;
  readonly complaints: readonly string[];
}

/** `npm run soak`: the long form of the replay under faults. Its report goes to stdout; answers the exit code. */
export async function soakCommand(words: readonly string[]): Promise<number> {
  const options = soakArguments(words);
  if (!options) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { days, kills, seed } = options;
  print(`soak: ${days} days, ${kills} kills a day, FARTHING_FAULT_SEED=${seed}`);
  const from = performance.now();
  const running = await startOnOwnServers({ environment: { FARTHING_SESSION_TIMEOUT: '6s' } });
  const planted = await PlantedConsumer.start(running.stack);
  const soak = { running, random: seededRandom(seed), seed, kills, planted };
  try {
    const input = await playedDay();
    const soaked: SoakedDay[] = [];
    for (let day = 1; day <= days; day += 1) soaked.push(await soakDay(soak, asTenant(input, day)));
    return await sumUp(soak, soaked, performance.now() - from);
  } finally {
    await planted.kill();
    await running.close();
  }
}

async function soakDay(soak: Soak, input: DemoInput): Promise<SoakedDay> {
  const { running, random, kills, planted, seed } = soak;
  const injector = new FaultInjector(running.stack, random, planted);
  try {
    const plan = faultPlan(random, kills, SERVER_FAULTS_A_DAY);
    const whileClosing = plan.splice(-Math.ceil(plan.length * CLOSING_SHARE));
    const day = { input, random, whileSending: plan, whileClosing };
    const result = await playUnderFaults(running.place, injector, day);
    const effects = await chargedEffects(running.place, { input, tenant: result.tenant });
    print(`\n${input.tenantId}\n${faultReport({ seed, injector, result, effects })}`);
    const complaints = complaintsAbout(demoJson(result, input.tariff), effects);
    return { effects, faults: injector.injected.length, complaints };
  } finally {
    await injector.stop();
  }
}

/** What of a day is not as it must be. */
function complaintsAbout(json: Record<string, unknown>, effects: Effects): string[] {
  const complaints: string[] = [];
  const { lost, duplicated, invented } = effects;
  if (lost + duplicated + invented > 0) complaints.push(`effects: ${JSON.stringify(effects)}`);
  for (const [place, sum] of Object.entries(json.tieOut as Record<string, string>)) {
    if (sum !== json.total) complaints.push(`${place} says ${sum}, rating ${String(json.total)}`);
  }
  for (const [key, wanted] of Object.entries(expectedFigures() ?? {})) {
    const found = JSON.stringify(json[key]);
    if (found !== JSON.stringify(wanted)) complaints.push(`${key} is ${found}`);
  }
  if (json.statementsVerified !== json.customers) complaints.push('statements do not verify');
  return complaints;
}

async function sumUp(
  { running, planted }: Soak,
  days: readonly SoakedDay[],
  tookMs: number,
): Promise<number> {
  const complaints = days.flatMap((day) => day.complaints);
  const { findings } = await auditOf(running.stack);
  const violated = violatedOf(findings);
  if (Object.keys(violated).length > 0) complaints.push(`audit: ${JSON.stringify(violated)}`);
  const textbook = await planted.effects();
  if (textbook.duplicated === 0) complaints.push('the textbook consumer has no duplicates');
  const sum = (pick: (day: SoakedDay) => number) => days.reduce((all, day) => all + pick(day), 0);
  print(
    [
      '',
      `${days.length} days, ${sum(({ faults }) => faults)} faults, ${Math.round(tookMs / 1_000)} s`,
      `charges ${sum(({ effects }) => effects.expected)}, lost ${sum(({ effects }) => effects.lost)}, ` +
        `duplicated ${sum(({ effects }) => effects.duplicated)}`,
      `textbook consumer: ${textbook.duplicated} duplicates in ${textbook.expected} events`,
      `audit: ${findings.length - Object.keys(violated).length} of ${findings.length} invariants hold`,
      ...complaints.map((complaint) => `FAILED: ${complaint}`),
      complaints.length === 0 ? 'passed' : 'failed',
    ].join('\n'),
  );
  return complaints.length === 0 ? 0 : 1;
}

/** The same day as another tenant's. */
function asTenant(input: DemoInput, day: number): DemoInput {
  const suffix = createHash('sha256').update(`${input.tenantId} ${day}`).digest('hex').slice(0, 10);
  return { ...input, tenantId: `soak-${day}-${suffix}` };
}

function soakArguments(
  words: readonly string[],
): { days: number; kills: number; seed: number } | undefined {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        days: { type: 'string', default: '10' },
        kills: { type: 'string', default: '24' },
        seed: { type: 'string', default: String(faultSeed()) },
      },
    });
    const numbers = { days: +values.days, kills: +values.kills, seed: +values.seed };
    const sound = Object.values(numbers).every((number) => Number.isInteger(number) && number >= 0);
    return sound && numbers.days > 0 && numbers.kills > 0 ? numbers : undefined;
  } catch {
    return undefined;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
