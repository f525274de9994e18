import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { diffPriceBooks, type BookDiff } from '@farthing/domain/price-book/diff-price-books';
import { lintPriceBook } from '@farthing/domain/price-book/lint-price-book';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printLine } from '../terminal/print.js';
import { readBookFile } from './book-file.js';
import { readCatalogBook } from './catalog-book.js';
import { changesToMake, importBook } from './import-book.js';
import { addPreviewCommand } from './preview-command.js';
import { diffLines, findingLine } from './show-book.js';
import { errorsOf, microsNow, soundBook } from './sound-book.js';

export function addPriceCommands(program: Command): void {
  const prices = program
    .command('prices')
    .description('meters, prices and plans as one file, a price book in YAML or JSON');
  prices
    .command('lint <file>')
    .description('what is wrong or odd with a price book; asks nobody')
    .action(lint);
  prices
    .command('export')
    .description('write what catalog has as a price book; importing it changes nothing')
    .option('-o, --output <file>', 'where to; stdout unless given')
    .action(exportBook);
  prices
    .command('diff <file>')
    .description('what importing a price book would change; exits with 4 if anything')
    .action(diff);
  prices
    .command('import <file>')
    .description('make what a price book adds and changes; twice is once')
    .option('--dry-run', 'only say what would change; exits with 4 if anything')
    .action(importFile);
  addPreviewCommand(prices);
}

async function lint(file: string, _: object, command: Command): Promise<void> {
  const findings = lintPriceBook(await readBookFile(file), microsNow());
  const errors = errorsOf(findings).length;
  if (errors > 0) process.exitCode = EXIT.failed;
  if (wantsJson(command)) return printJson(findings);
  for (const finding of findings) printLine(findingLine(finding));
  printLine(`${errors} errors, ${findings.length - errors} warnings`);
}

async function exportBook(flags: { output?: string }, command: Command): Promise<void> {
  const book = await readCatalogBook(apiClientOf(command));
  // A line of a description is not folded, so that a changed word is a changed line.
  const text = wantsJson(command)
    ? `${JSON.stringify(book, undefined, 2)}\n`
    : stringify(book, { lineWidth: 0, aliasDuplicateObjects: false });
  if (flags.output === undefined) {
    process.stdout.write(text);
    return;
  }
  await writeFile(flags.output, text);
  note(`${flags.output}: ${book.meters.length} meters, ${book.prices.length} price versions`);
}

async function diff(file: string, _: object, command: Command): Promise<void> {
  const book = await soundBook(file);
  if (book === undefined) return;
  const found = diffPriceBooks(await readCatalogBook(apiClientOf(command)), book);
  show(found, command);
  process.exitCode = exitCodeOf(found);
}

async function importFile(
  file: string,
  flags: { dryRun?: boolean },
  command: Command,
): Promise<void> {
  const book = await soundBook(file);
  if (book === undefined) return;
  const api = apiClientOf(command);
  const found = diffPriceBooks(await readCatalogBook(api), book);
  show(found, command);
  if (flags.dryRun === true || found.refusals.length > 0) {
    process.exitCode = exitCodeOf(found);
    return;
  }
  await importBook(api, book, found.changes);
  note(`${changesToMake(found.changes).length} changes made`);
}

function show(found: BookDiff, command: Command): void {
  if (wantsJson(command)) return printJson(found);
  for (const line of diffLines(found)) printLine(line);
  const count = changesToMake(found.changes).length;
  if (count === 0 && found.refusals.length === 0) printLine('nothing changes');
}

function exitCodeOf({ changes, refusals }: BookDiff): number {
  if (refusals.length > 0) return EXIT.failed;
  return changesToMake(changes).length > 0 ? EXIT.wouldChange : EXIT.ok;
}
