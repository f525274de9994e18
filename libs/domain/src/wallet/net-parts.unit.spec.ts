import { expect, it } from 'vitest';
import type { PaymentPart } from '../ledger/charge-postings.js';
import { netParts } from './net-parts.js';

function parts(...texts: readonly string[]): PaymentPart[] {
  return texts.map((text) => {
    const [source, amount] = text.split(' ');
    return {
      source: source === 'receivable' ? { kind: 'receivable' } : { kind: 'grant', grant: source! },
      amount: BigInt(amount!),
    };
  });
}

it.each<[string, string[], string[]]>([
  ['nothing came back', ['a 40', 'b 15', 'receivable 5'], ['a 40', 'b 15', 'receivable 5']],
  [
    'the last came back first',
    ['a 40', 'b 15', 'receivable 5', 'b -10', 'receivable -5'],
    ['a 40', 'b 5'],
  ],
  ['all came back', ['a 40', 'b 15', 'b -15', 'a -40'], []],
  ['a correction is paid again', ['a 40', 'a -40', 'b 25'], ['b 25']],
  ['one pays twice', ['a 40', 'b 10', 'a 7', 'a -10'], ['a 37', 'b 10']],
  ['what an expired grant paid went to the receivable', ['a 40', 'receivable -20'], ['a 40']],
  ['the charge was a rebate', ['receivable -5', 'a 5'], ['a 5']],
])('%s', (_, given, left) => {
  expect(netParts(parts(...given))).toEqual(parts(...left));
});
