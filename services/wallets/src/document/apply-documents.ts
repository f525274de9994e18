import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { fromBinary } from '@bufbuild/protobuf';
import {
  DocumentMessageSchema,
  type DocumentMessage,
} from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import { checkSchemaVersion } from '@farthing/contracts/wire/usage-record';
import { isCurrency } from '@farthing/domain/money/currency';
import { orHalt } from '../errors.js';
import { findPostedKeys } from '../ledger/ledger.repository.js';
import { documentKey, type LedgerTransaction } from '../ledger/ledger-transaction.js';
import { postTransactions } from '../ledger/post-transactions.js';
import { postingsOfDocument } from './document-postings-of.js';

/** How often each event was posted, and how often it was only repeated. */
export type AppliedDocuments = readonly {
  readonly event: string;
  readonly outcome: 'posted' | 'repeated';
}[];

/** Posts each document command once, in the transaction that holds the partition's progress. */
export async function applyDocuments(
  tx: Transaction,
  partition: number,
  records: readonly ConsumedRecord[],
): Promise<AppliedDocuments> {
  const documents = records.map((record) =>
    orHalt(`offset ${record.offset} of the documents`, () => readDocument(record, partition)),
  );
  const posted = await findPostedKeys(
    tx,
    documents.map(({ transaction }) => transaction),
  );
  const fresh: LedgerTransaction[] = [];
  const applied = documents.map(({ event, transaction }) => {
    const known = `${transaction.tenant} ${transaction.key}`;
    if (posted.has(known)) return { event, outcome: 'repeated' as const };
    posted.add(known);
    fresh.push(transaction);
    return { event, outcome: 'posted' as const };
  });
  await postTransactions(tx, fresh, new Map());
  return applied;
}

interface ReadDocument {
  readonly event: string;
  readonly transaction: LedgerTransaction;
}

function readDocument(record: ConsumedRecord, partition: number): ReadDocument {
  if (!record.value) throw new Error('the record is empty');
  const message: DocumentMessage = fromBinary(DocumentMessageSchema, record.value);
  checkSchemaVersion(message.schemaVersion);
  if (message.commandId === '') throw new Error('the document has no command id');
  if (!isCurrency(message.currency)) throw new Error(`unknown currency ${message.currency}`);
  return {
    event: message.event.case ?? '',
    transaction: {
      tenant: message.tenant,
      key: documentKey(message.commandId),
      kind: 'document',
      customer: message.customer,
      reference: message.invoiceId,
      bookedAt: Number(message.bookedAtMicros),
      partition,
      postings: postingsOfDocument(message),
    },
  };
}
