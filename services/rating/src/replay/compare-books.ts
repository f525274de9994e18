import { runInTransaction, type Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { DataSource } from 'typeorm';
import { ratedChargeFromRow } from '../charges/charge-row.js';
import { compareCharges, type Comparison } from './compare-charges.js';
import { compareStatements, type StatementComparison } from './compare-statements.js';
import { chargesInOrder, type ComparedCharges } from './compared-charges.repository.js';
import type { ReplayedCharge, SealedBooks } from './remake-statement.js';
import { chargesByStatement } from './replayed-charges.repository.js';
import {
  leavesInOrder,
  sealedInOrder,
  selectHashBefore,
  selectRunPath,
  selectSalt,
  type StatementsOfPeriod,
} from './sealed-statements.repository.js';

/** Of one statement or transaction: the charges of a period are sorted before the first comes. */
export const TIMEOUT_MS = 3_600_000;

/** For a transaction on either side. */
export const COMPARING = {
  readOnly: true,
  statementTimeoutMs: TIMEOUT_MS,
  idleInTransactionTimeoutMs: TIMEOUT_MS,
};

/** Of two schemas `rating`: a charge never changes and none is added below a reach, so neither is held still. */
export function compareBooks(
  stored: DataSource,
  scratch: DataSource,
  charges: ComparedCharges,
): Promise<Comparison> {
  return runInTransaction(stored, COMPARING, (ofStored) =>
    runInTransaction(scratch, COMPARING, (ofScratch) =>
      compareCharges(chargesInOrder(ofStored, charges), chargesInOrder(ofScratch, charges)),
    ),
  );
}

/** What invoicing sealed, against the charges of the scratch database. */
export function compareSealed(
  stored: DataSource,
  scratch: DataSource,
  { catalog, ...period }: StatementsOfPeriod & { readonly catalog: CatalogView },
): Promise<StatementComparison> {
  return runInTransaction(stored, COMPARING, (ofStored) =>
    runInTransaction(scratch, COMPARING, (ofScratch) => {
      const books: SealedBooks = {
        statements: sealedInOrder(ofStored, period),
        leavesOf: (statement) => leavesInOrder(ofStored, statement),
        saltOf: (customer) => selectSalt(ofStored, customer),
        hashBefore: (statement) => selectHashBefore(ofStored, statement),
        runPath: (statement) => selectRunPath(ofStored, statement),
      };
      return compareStatements(books, replayedCharges(ofScratch, period, catalog));
    }),
  );
}

async function* replayedCharges(
  tx: Transaction,
  period: StatementsOfPeriod,
  catalog: CatalogView,
): AsyncGenerator<ReplayedCharge> {
  for await (const row of chargesByStatement(tx, period)) {
    const { generation, partition } = row;
    yield { generation, partition, charge: ratedChargeFromRow(row, catalog) };
  }
}
