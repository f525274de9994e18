import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import {
  verifyStatement,
  type PinnedKey,
  type StatementProblem,
  type StatementVerdict,
} from '@farthing/domain/proof/verify-statement';
import { EXIT } from '../terminal/exit-codes.js';
import { wantsJson } from '../api/command-client.js';
import { printJson, printLine } from '../terminal/print.js';

const keysSchema = z.object({
  keys: z.array(z.looseObject({ keyId: z.string(), publicKey: z.string() })),
});

const SENTENCES: Readonly<Record<StatementProblem['reason'], string>> = {
  not_a_statement_file: 'is not a line of a statement file',
  charge_changed: 'was changed: its content does not give its hash',
  foreign_charge: 'belongs to another statement',
  the_list_was_changed: 'the list was changed: the charges do not give the root',
  count_differs: 'the number of charges is not the one that the statement names',
  sum_differs: 'the charges do not sum to the statement',
  not_in_the_run: 'the statement is not in the run that was signed',
  signature_invalid: 'the signature is not by the key that the file names',
  key_not_among_the_pinned: 'the key is not one of those in the keys file',
};

export function addVerifyCommand(program: Command): void {
  program
    .command('verify <files...>')
    .description('check statement files offline: every charge, the sum, the root and the signature')
    .option('--keys <file>', 'a saved farthing-keys.json: trust only these keys')
    .action(verify);
}

async function verify(files: string[], flags: { keys?: string }, command: Command): Promise<void> {
  const pinned = flags.keys === undefined ? undefined : await readKeys(flags.keys);
  const verdicts: Array<StatementVerdict & { file: string }> = [];
  for (const file of files) {
    verdicts.push({ file, ...verifyStatement(parseLines(await readFile(file, 'utf8')), pinned) });
  }
  if (verdicts.some(({ outcome }) => outcome === 'failed')) process.exitCode = EXIT.failed;
  if (wantsJson(command))
    return printJson(
      verdicts.map(({ statement, ...verdict }) => ({ ...verdict, statement: statement?.id })),
    );
  for (const verdict of verdicts) showVerdict(verdict);
  const verified = verdicts.filter(({ outcome }) => outcome === 'verified').length;
  printLine(`${verified} of ${verdicts.length} statements verified`);
}

function showVerdict({
  file,
  statement,
  problems,
  keyFingerprint,
  pinned,
}: StatementVerdict & { file: string }): void {
  for (const problem of problems) printLine(`${file}: ${sentenceOf(problem)}`);
  if (problems.length > 0 || !statement) return;
  const { customer, currency, charges, sum, from, to } = statement;
  const trust = pinned ? 'key pinned' : `key ${keyFingerprint} not pinned`;
  printLine(
    `${file}: ${customer}, ${from} to ${to}: ${charges} charges, ${sum} ${currency}, ${trust}`,
  );
}

function sentenceOf(problem: StatementProblem): string {
  const sentence = SENTENCES[problem.reason];
  if ('charge' in problem) return `line ${problem.line}: charge ${problem.charge} ${sentence}`;
  return 'line' in problem ? `line ${problem.line} ${sentence}` : sentence;
}

/** A line that is no JSON stays as text, which is no line of a statement file. */
function parseLines(text: string): unknown[] {
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return lines.map((line) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      return line;
    }
  });
}

async function readKeys(file: string): Promise<PinnedKey[]> {
  return keysSchema.parse(JSON.parse(await readFile(file, 'utf8'))).keys;
}
