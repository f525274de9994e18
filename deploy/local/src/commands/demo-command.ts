import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DEMO_USAGE, demoArguments, type DemoArguments } from '../demo/demo-arguments.js';
import { demoInput } from '../demo/demo-input.js';
import { demoJson } from '../demo/demo-json.js';
import type { DemoStack } from '../demo/demo-stack.js';
import { runDemo, type DemoInput, type DemoResult } from '../demo/run-demo.js';
import { demoSummary } from '../demo/summary.js';
import { repositoryRoot } from '../repository.js';
import { demoKeyFile } from '../stack/command-environment.js';
import { optionsFromEnvironment } from '../stack/options-from-environment.js';
import { defaultStackFolder, stackFolder } from '../stack/stack-folder.js';
import { startStack } from '../stack.js';
import { preferredFrontDoorPort } from './stack-command.js';

const exitFailed = 1;
const exitUsage = 2;

/** `npm run demo`; answers the exit code. Only the result goes to stdout. */
export async function demoCommand(words: readonly string[]): Promise<number> {
  const parsed = demoArguments(words);
  if (parsed.outcome === 'help') {
    process.stdout.write(DEMO_USAGE);
    return 0;
  }
  if (parsed.outcome === 'refused') {
    process.stderr.write(`${parsed.sentence}\n\n${DEMO_USAGE}`);
    return exitUsage;
  }
  try {
    return await demo(parsed.arguments);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return exitFailed;
  }
}

async function demo(given: DemoArguments): Promise<number> {
  // npm runs scripts in the root of the clone; a path means what it means where the person stands.
  const { accessLog, tariff } = given;
  const from = process.env.INIT_CWD ?? process.cwd();
  const input = await demoInput(
    {
      ...given,
      ...(accessLog === undefined ? {} : { accessLog: resolve(from, accessLog) }),
      ...(tariff === undefined ? {} : { tariff: resolve(from, tariff) }),
    },
    new Date(),
  );
  const folder = stackFolder(defaultStackFolder);
  const report = reporter();
  const stack = await startStack({
    ...optionsFromEnvironment(process.env),
    folder: folder.path,
    frontDoorPort: preferredFrontDoorPort,
    report,
  });
  const { baseUrl, operatorKey, brokers, topicPrefix, partitions } = stack;
  const place = { baseUrl, operatorKey, brokers, topicPrefix, partitions, folder: folder.path };
  const result = await runDemo(place, input, report);
  writeFileSync(demoKeyFile(folder), `${result.tenant.key}\n`, { mode: 0o600 });
  report.end();
  await print(place, { input, result, json: given.json });
  return holds(result) ? 0 : exitFailed;
}

async function print(
  stack: DemoStack,
  { input, result, json }: { input: DemoInput; result: DemoResult; json: boolean },
): Promise<void> {
  if (json) {
    process.stdout.write(`${JSON.stringify(demoJson(result, input.tariff), undefined, 1)}\n`);
    return;
  }
  const invoice = await showInvoice(stack, result);
  process.stdout.write(demoSummary(result, { tariff: input.tariff, invoice }));
  process.stdout.write(
    [
      '\nThe stack is left running. Try next:',
      `  npm run --silent farthing -- events status`,
      `  npm run --silent farthing -- statements list --limit 5`,
      `  npm run stack down\n`,
    ].join('\n'),
  );
}

/** A demo whose books do not tie out, or whose proofs fail, has failed. */
function holds({ tieOut, charges, statements }: DemoResult): boolean {
  return (
    Object.values(tieOut).every((sum) => sum === charges.total) &&
    statements.verified === statements.statements &&
    statements.forgery.caught
  );
}

async function showInvoice(stack: DemoStack, result: DemoResult): Promise<string> {
  const { largest } = result.invoices;
  if (largest === undefined) return 'nothing was due';
  const cli = join(repositoryRoot, 'libs/cli/dist/main.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, 'invoices', 'show', largest],
    {
      env: { ...process.env, FARTHING_URL: stack.baseUrl, FARTHING_API_KEY: result.tenant.key },
    },
  );
  return stdout;
}

/** Progress on stderr: written over on a terminal, else a line whenever what happens changes by name. */
function reporter(): ((line: string) => void) & { end: () => void } {
  const terminal = process.stderr.isTTY;
  let shown = '';
  const report = (line: string): void => {
    if (line === shown) return;
    const kind = line.replace(/\d+/g, '');
    if (terminal) process.stderr.write(`\r\u001B[2K${line}`);
    else if (kind !== shown.replace(/\d+/g, '')) process.stderr.write(`${line}\n`);
    shown = line;
  };
  return Object.assign(report, {
    end: () => {
      if (terminal) process.stderr.write('\r\u001B[2K');
    },
  });
}
