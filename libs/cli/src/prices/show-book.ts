import type {
  BookChange,
  BookDiff,
  BookRefusal,
} from '@farthing/domain/price-book/diff-price-books';
import type { BookFinding } from '@farthing/domain/price-book/book-finding';
import { BOOK_SENTENCES } from '@farthing/domain/price-book/book-finding';

/** A finding on one line. */
export function findingLine({ severity, pointer, code, sentence }: BookFinding): string {
  return `${severity.padEnd(7)} ${pointer} ${code}: ${sentence}`;
}

/** A diff as a person reads it. */
export function diffLines({ changes, refusals }: BookDiff): string[] {
  return [
    ...changes.flatMap(changeLines),
    ...refusals.map(
      ({ reason, key, before, after }) =>
        `! ${thingOf(reason)} ${key}: ${before} would become ${after}, but ${sentenceOf(reason)}`,
    ),
  ];
}

function thingOf(reason: BookRefusal['reason']): 'meter' | 'price' {
  return reason === 'aggregation_differs' ? 'meter' : 'price';
}

/** A book has each meter once, so its linter has no sentence for an aggregation that differs from catalog's. */
function sentenceOf(reason: BookRefusal['reason']): string {
  return reason === 'aggregation_differs'
    ? 'catalog has this meter with another aggregation: quantities carry over, so a new way needs a new meter'
    : (BOOK_SENTENCES[reason] ?? reason);
}

function changeLines(change: BookChange): string[] {
  const name = `${change.thing} ${change.key}${instantOf(change)}`;
  switch (change.change) {
    case 'added':
      return [`+ ${name}`, ...change.reading.map((line) => `    ${line}`)];
    case 'changed':
      return [
        `~ ${name}: ${change.fields.join(', ')}`,
        ...change.before.map((line) => `  - ${line}`),
        ...change.after.map((line) => `  + ${line}`),
      ];
    case 'taken_out_of_plan':
      return [`- ${name}: ${change.price} is taken out`];
    case 'left_out':
      return [`  ${name} is not in the book and stays`];
  }
}

function instantOf(change: BookChange): string {
  return 'effectiveFrom' in change ? ` from ${change.effectiveFrom ?? ''}` : '';
}
