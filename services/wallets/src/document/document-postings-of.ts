import type { DocumentMessage } from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import { documentPostings, type DocumentFact } from '@farthing/domain/ledger/document-postings';
import type { Posting } from '@farthing/domain/ledger/posting';

/**
 * What a document's message posts. A void or a credit note takes back what the finalizing posted, by the figures it
 * states: a correction is a reversal, and the charges stand in receivable again.
 */
export function postingsOfDocument(message: DocumentMessage): Posting[] {
  const { tenant, customer, currency } = message;
  return documentPostings({ tenant, customer, currency }, factOf(message.event));
}

function factOf(event: DocumentMessage['event']): DocumentFact {
  switch (event.case) {
    case 'finalized':
      return finalizedBy(event.value, 1n);
    case 'credited':
    case 'voided':
      return finalizedBy(event.value, -1n);
    case 'paid':
      return { kind: 'paid', amountNanos: event.value.amountNanos };
    case 'writtenOff':
      return { kind: 'written_off', amountNanos: event.value.amountNanos };
    default:
      throw new Error('the document says something that this version does not know');
  }
}

/** `sign` -1 takes it back. */
function finalizedBy(
  figures: {
    readonly netNanos: bigint;
    readonly taxOnTopNanos: bigint;
    readonly taxIncludedNanos: bigint;
  },
  sign: 1n | -1n,
): DocumentFact {
  return {
    kind: 'finalized',
    netNanos: sign * figures.netNanos,
    taxOnTopNanos: sign * figures.taxOnTopNanos,
    taxIncludedNanos: sign * figures.taxIncludedNanos,
  };
}
