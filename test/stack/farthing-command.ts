import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repositoryRoot } from '@farthing/local/repository';
import type { Stack } from '@farthing/local/stack';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Finding {
  readonly invariant: number;
  readonly violations: readonly unknown[];
}

const CLI = join(repositoryRoot, 'libs/cli/dist/main.js');

/** Runs `farthing` as its user would, with this environment and no other. */
export async function farthing(
  words: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [CLI, ...words], {
    env: options.env ?? {},
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** What `farthing audit` finds in a stack's books. */
export async function auditOf(stack: Stack): Promise<CommandResult & { findings: Finding[] }> {
  const result = await farthing(['--json', 'audit'], {
    env: {
      FARTHING_AUDITOR_URL: stack.databases.auditor,
      FARTHING_KAFKA_BROKERS: stack.brokers,
      FARTHING_TOPIC_PREFIX: stack.topicPrefix,
    },
  });
  if (result.stdout.trim() === '')
    throw new Error(`audit ended with ${result.code}: ${result.stderr}`);
  return { ...result, findings: JSON.parse(result.stdout) as Finding[] };
}

/** What `farthing log price` makes of a tenant's usage, from the log alone. */
export async function pricedFromLog(stack: Stack, tenant: string): Promise<unknown> {
  const result = await farthing(['--json', 'log', 'price', tenant], {
    env: { FARTHING_KAFKA_BROKERS: stack.brokers, FARTHING_TOPIC_PREFIX: stack.topicPrefix },
  });
  if (result.stdout.trim() === '')
    throw new Error(`log price ended with ${result.code}: ${result.stderr}`);
  return JSON.parse(result.stdout);
}

/** Of an audit: the invariants that do not hold, with the first few violations of each. */
export function violatedOf(findings: readonly Finding[]): Record<number, unknown> {
  const violated = findings.filter(({ violations }) => violations.length > 0);
  return Object.fromEntries(
    violated.map(({ invariant, violations }) => [invariant, violations.slice(0, 3)]),
  );
}
