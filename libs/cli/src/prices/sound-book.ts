import type { BookFinding } from '@farthing/domain/price-book/book-finding';
import { lintPriceBook } from '@farthing/domain/price-book/lint-price-book';
import type { PriceBook } from '@farthing/domain/price-book/price-book';
import { EXIT } from '../terminal/exit-codes.js';
import { note } from '../terminal/print.js';
import { readBookFile } from './book-file.js';
import { findingLine } from './show-book.js';

/** The book of a file, or undefined after its errors were said. */
export async function soundBook(file: string): Promise<PriceBook | undefined> {
  const book = await readBookFile(file);
  const errors = errorsOf(lintPriceBook(book, microsNow()));
  if (errors.length === 0) return book;
  for (const error of errors) note(findingLine(error));
  process.exitCode = EXIT.failed;
  return undefined;
}

export function errorsOf(findings: readonly BookFinding[]): BookFinding[] {
  return findings.filter(({ severity }) => severity === 'error');
}

export function microsNow(): number {
  return Date.now() * 1_000;
}
