import { formatMicros } from '@farthing/domain/period/micros';
import { statementId } from '@farthing/domain/proof/statement';
import type { StatementPeriod } from '@farthing/domain/statement/statement-of-charges';
import type { Disagreement } from './disagreement.js';
import { LookAhead } from './look-ahead.js';
import {
  periodOf,
  StatementRemaker,
  type ReplayedCharge,
  type SealedBooks,
} from './remake-statement.js';
import type { SealedStatement } from './sealed-statements.repository.js';

export interface StatementDifference extends Disagreement {
  readonly statement: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Booking period. */
  readonly from: string;
  readonly to: string;
}

export interface StatementComparison {
  /** Those that are stored: what follows is how many of them are the same, and how many are not. */
  readonly sealed: number;
  readonly identical: number;
  readonly differing: number;
  /** They follow from the log and are not stored. */
  readonly missing: number;
  /** The first by tenant, customer, currency and period, each with what differs first. */
  readonly first: readonly StatementDifference[];
}

const SHOWN = 20;

/**
 * Makes each statement again from the charges of a replay and compares it with what is sealed. Both come in byte order
 * of (tenant, customer, currency, from), the charges of a statement in the order of their positions.
 */
export async function compareStatements(
  books: SealedBooks,
  replayed: AsyncIterator<ReplayedCharge>,
): Promise<StatementComparison> {
  const counts = { sealed: 0, identical: 0, differing: 0, missing: 0 };
  const first: StatementDifference[] = [];
  const statements = await LookAhead.of(books.statements);
  const charges = await LookAhead.of(replayed);
  const remaker = new StatementRemaker(books, charges);
  for (;;) {
    const next = charges.next && periodOf(charges.next);
    const period = earlier(statements.next, next);
    if (!period) return { ...counts, first };
    const sealed = statements.next === period ? statements.next : undefined;
    const disagreement = sealed
      ? await remaker.compareWith(sealed)
      : await remaker.passOver(period);
    if (sealed) {
      counts.sealed += 1;
      await statements.take();
    }
    counts[!sealed ? 'missing' : disagreement ? 'differing' : 'identical'] += 1;
    if (disagreement && first.length < SHOWN) {
      first.push({ ...nameOf(period, sealed), ...disagreement });
    }
  }
}

/** Of two that are of one period the sealed one, which has more to say. */
function earlier(
  sealed: SealedStatement | undefined,
  replayed: StatementPeriod | undefined,
): StatementPeriod | undefined {
  if (!sealed || !replayed) return sealed ?? replayed;
  return comparePeriods(sealed, replayed) <= 0 ? sealed : replayed;
}

function comparePeriods(a: StatementPeriod, b: StatementPeriod): number {
  return (
    compareTexts(a.tenant, b.tenant) ||
    compareTexts(a.customer, b.customer) ||
    compareTexts(a.currency, b.currency) ||
    a.from - b.from
  );
}

/** Ids are ASCII, so code units are bytes. */
function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function nameOf(period: StatementPeriod, sealed: SealedStatement | undefined) {
  const { tenant, customer, currency } = period;
  const [from, to] = [formatMicros(period.from), formatMicros(period.to)];
  const named = { tenant, customer, currency, from, to };
  return { statement: sealed?.statement ?? statementId(named), ...named };
}
