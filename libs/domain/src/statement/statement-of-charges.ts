import { formatNanos, type Nanos } from '../money/nanos.js';
import { formatMicros, type Micros } from '../period/micros.js';
import type { Hash } from '../proof/merkle-tree.js';
import { statementId, type Statement } from '../proof/statement.js';

/** What a statement is of: there is one of each customer, currency and booking period with charges. */
export interface StatementPeriod {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Booking period, half-open. */
  readonly from: Micros;
  readonly to: Micros;
}

export interface StatementFacts extends StatementPeriod {
  /** How many. */
  readonly charges: number;
  readonly sumNanos: Nanos;
  /** Over the charges' leaves, in position order. */
  readonly root: Hash;
  /** Hex of the hash of the customer's statement before it in this currency; '' for the first. */
  readonly previous: string;
}

/** Which run or process makes it does not enter: made again from the same charges it has the same bytes. */
export function statementOfCharges(facts: StatementFacts): Statement {
  const { tenant, customer, currency, charges, previous } = facts;
  const [from, to] = [formatMicros(facts.from), formatMicros(facts.to)];
  return {
    v: 1,
    id: statementId({ tenant, customer, currency, from, to }),
    tenant,
    customer,
    currency,
    from,
    to,
    charges,
    sum: formatNanos(facts.sumNanos),
    root: Buffer.from(facts.root).toString('hex'),
    previous,
  };
}
