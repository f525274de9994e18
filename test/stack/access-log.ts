import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { demoInput } from '@farthing/local/demo/demo-input';
import type { DemoInput } from '@farthing/local/demo/run-demo';
import { repositoryRoot } from '@farthing/local/repository';

const DEFAULT_LOG = '../shared/data/nasa-ksc-1995-08-01.log.gz';
const SEED = 1;

/** The log that `FARTHING_ACCESS_LOG` names, by default the one beside the clone; undefined when there is none. */
export function accessLogFile(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment.FARTHING_ACCESS_LOG || DEFAULT_LOG;
  if (named === 'none') return undefined;
  const file = resolve(repositoryRoot, named);
  return existsSync(file) ? file : undefined;
}

/** The real day where its log is, and the generated one everywhere else. */
export function playedDay(): Promise<DemoInput> {
  return demoInput({ accessLog: accessLogFile(), seed: SEED, json: true }, new Date());
}

/** What the bills must come to, computed apart; undefined for a generated day, or a log without such a file beside it. */
export function expectedFigures(): Readonly<Record<string, unknown>> | undefined {
  const beside = accessLogFile()?.replace(/\.log(\.gz)?$/, '.expected.json');
  if (!beside?.endsWith('.json') || !existsSync(beside)) return undefined;
  return JSON.parse(readFileSync(beside, 'utf8')) as Record<string, unknown>;
}
