import { printLine, printTable } from '../terminal/print.js';
import type { ReRating, Sum } from './re-rating-answers.js';

/** By price, and the customers and creators whose amounts move most. */
export function showReRating(
  {
    charges,
    changed,
    prices,
    notReRated,
  }: Pick<ReRating, 'charges' | 'changed' | 'prices' | 'notReRated'>,
  movers: { readonly customers: readonly Sum[]; readonly creators: readonly Sum[] },
): void {
  printLine(`${changed} of ${charges} charges would be another amount, or shared otherwise`);
  table(
    'price',
    prices.map((sum) => [sum.price, sum]),
  );
  table(
    'customer',
    movers.customers.map((sum) => [sum.customer ?? '', sum]),
  );
  table(
    'creator',
    movers.creators.map((sum) => [sum.creator ?? '', sum]),
  );
  for (const { sentence, currency, charges: left, amount } of notReRated) {
    printLine(`left as they are, since ${sentence}: ${left} charges of ${amount} ${currency}`);
  }
}

function table(
  title: string,
  rows: ReadonlyArray<readonly [string, Omit<Sum, 'customer' | 'creator'>]>,
): void {
  if (rows.length === 0) return;
  printLine();
  printTable(
    [title, 'currency', 'charges>', 'changed>', 'before>', 'after>', 'difference>'],
    rows.map(([name, { currency, charges, changed, before, after, difference }]) => [
      name,
      currency,
      String(charges),
      String(changed),
      before,
      after,
      difference,
    ]),
  );
}
