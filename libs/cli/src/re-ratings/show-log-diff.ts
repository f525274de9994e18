import { printLine } from '../terminal/print.js';
import type { LogDiffReport } from './re-rating-answers.js';
import { showReRating } from './show-re-rating.js';

/** As a diff from the charges is shown, and besides what would be charged no more or anew. */
export function showLogDiff(
  report: LogDiffReport,
  { tenant: only }: { readonly tenant: string | undefined },
): void {
  const { kinds, notCharged, notMetered, records, catalogVersion } = report;
  const nameOf = (tenant: string, name: string) =>
    only === undefined ? `${tenant}/${name}` : name;
  printLine(`${records} records of the log rated by catalog version ${catalogVersion}`);
  showReRating(
    {
      ...report,
      prices: report.prices.map((sum) => ({ ...sum, price: nameOf(sum.tenant, sum.price) })),
    },
    {
      customers: report.customers.map((sum) => ({
        ...sum,
        customer: nameOf(sum.tenant, sum.customer),
      })),
      creators: report.creators.map((sum) => ({
        ...sum,
        creator: nameOf(sum.tenant, sum.creator),
      })),
    },
  );
  if (kinds.chargedAnew > 0) printLine(`charged anew: ${kinds.chargedAnew} charges`);
  for (const { sentence, currency, charges, amount } of notCharged) {
    printLine(`charged no more, since ${sentence}: ${charges} charges of ${amount} ${currency}`);
  }
  for (const { tenant, code, pointer, events, first } of notMetered) {
    const such = nameOf(tenant, `${first.source} ${first.id}`);
    printLine(`no longer metered (${code} at ${pointer}): ${events} events, such as ${such}`);
  }
}
