import { create, toBinary } from '@bufbuild/protobuf';
import { DocumentMessageSchema } from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import { SCHEMA_VERSION } from '@farthing/contracts/topics/log-generation';
import type { Invoice } from '@farthing/domain/invoice/finalize-invoice';
import { parseNanos, type Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';

/**
 * Tells wallets that an invoice is final. Its command is `finalize:<invoice id>`; the books date it at the instant
 * that the run closes before.
 */
export function finalizedMessage(
  invoice: Invoice,
  { bookedAt }: { readonly bookedAt: Micros },
): Uint8Array {
  const message = create(DocumentMessageSchema, {
    schemaVersion: SCHEMA_VERSION,
    commandId: `finalize:${invoice.id}`,
    tenant: invoice.tenant,
    customer: invoice.customer,
    invoiceId: invoice.id,
    currency: invoice.currency,
    bookedAtMicros: BigInt(bookedAt),
    event: {
      case: 'finalized',
      value: {
        number: invoice.number,
        netNanos: amountOf(invoice.net),
        taxOnTopNanos: taxOf(invoice, false),
        taxIncludedNanos: taxOf(invoice, true),
      },
    },
  });
  return toBinary(DocumentMessageSchema, message);
}

function taxOf(invoice: Invoice, included: boolean): Nanos {
  return invoice.taxes
    .filter((tax) => tax.included === included)
    .reduce((sum, { tax }) => sum + amountOf(tax), 0n);
}

function amountOf(text: string): Nanos {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') throw new Error(`an invoice's amount is ${parsed.reason}`);
  return parsed.nanos;
}
