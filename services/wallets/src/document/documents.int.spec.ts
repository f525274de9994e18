import { beforeEach, describe, expect, it } from 'vitest';
import {
  balancesIn,
  charge,
  documentBytes,
  introduces,
  assertSoundBooks,
  openWalletsDatabase,
  PARTITION,
  rated,
  SentRecords,
  type WalletsDatabase,
  type Worker,
} from '../wallets-harness.spec.js';

let wallets: WalletsDatabase;
let worker: Worker;

const finalized = documentBytes({
  commandId: 'inv_1:finalized',
  event: {
    case: 'finalized',
    value: {
      $typeName: 'farthing.invoicing.v1.InvoiceFinalized',
      number: 'A-1',
      netNanos: 90n,
      taxOnTopNanos: 19n,
      taxIncludedNanos: 0n,
    },
  },
});

beforeEach(async () => {
  wallets = await openWalletsDatabase();
  worker = wallets.worker(new SentRecords());
  // 93 of use, of which the invoice rounds 90: the residual stays in receivable.
  const charges = [charge({ offset: 1n, amountNanos: 93n })];
  await worker.apply([rated([0n, 2n], { echoes: [introduces(0n)], charges })]);
  return async () => {
    await assertSoundBooks(wallets.auditor);
    await wallets.close();
  };
});

describe('documents', () => {
  it('moves what was finalized to billed and what was paid to cash, and leaves the residual', async () => {
    const paid = documentBytes({
      commandId: 'inv_1:paid',
      event: {
        case: 'paid',
        value: { $typeName: 'farthing.invoicing.v1.InvoicePaid', amountNanos: 100n },
      },
    });
    const writtenOff = documentBytes({
      commandId: 'inv_1:written_off',
      event: {
        case: 'writtenOff',
        value: { $typeName: 'farthing.invoicing.v1.InvoiceWrittenOff', amountNanos: 9n },
      },
    });
    await worker.applyDocuments([finalized, paid, writtenOff]);
    expect(await balancesIn(wallets.auditor)).toEqual({
      'receivable/alice': 3n,
      'billed/alice': 0n,
      tax: 19n,
      cash: 100n,
      tenant_revenue: 84n,
    });
  });

  it.each([
    [
      'credited',
      {
        $typeName: 'farthing.invoicing.v1.InvoiceCredited',
        creditNoteId: 'cn_1',
        netNanos: 90n,
        taxOnTopNanos: 19n,
        taxIncludedNanos: 0n,
      },
    ],
    [
      'voided',
      {
        $typeName: 'farthing.invoicing.v1.InvoiceVoided',
        netNanos: 90n,
        taxOnTopNanos: 19n,
        taxIncludedNanos: 0n,
      },
    ],
  ] as const)('takes back what was finalized when it is %s', async (name, value) => {
    const event = { case: name, value } as never;
    await worker.applyDocuments([finalized, documentBytes({ commandId: `inv_1:${name}`, event })]);
    expect(await balancesIn(wallets.auditor)).toEqual({
      'receivable/alice': 93n,
      'billed/alice': 0n,
      tax: 0n,
      tenant_revenue: 93n,
    });
  });

  it('takes the tax that the charges contained out of revenue', async () => {
    const inclusive = documentBytes({
      commandId: 'inv_1:finalized',
      event: {
        case: 'finalized',
        value: {
          $typeName: 'farthing.invoicing.v1.InvoiceFinalized',
          number: 'A-1',
          netNanos: 75n,
          taxOnTopNanos: 0n,
          taxIncludedNanos: 15n,
        },
      },
    });
    await worker.applyDocuments([inclusive]);
    expect(await balancesIn(wallets.auditor)).toEqual({
      'receivable/alice': 3n,
      'billed/alice': 90n,
      tax: 15n,
      tenant_revenue: 78n,
    });
  });

  it('posts a command once, however often and in however many batches it comes', async () => {
    await worker.applyDocuments([finalized, finalized]);
    await worker.applyDocuments([finalized, finalized, finalized]);
    await wallets
      .worker(new SentRecords())
      .applyDocuments([finalized, finalized, finalized, finalized]);
    expect(await balancesIn(wallets.auditor)).toMatchObject({ 'billed/alice': 109n, tax: 19n });
    const posted = await wallets.auditor.query(
      `select key, reference, partition from ledger_transactions where kind = 'document'`,
    );
    expect(posted).toEqual([
      { key: 'document/inv_1:finalized', reference: 'inv_1', partition: PARTITION },
    ]);
  });

  it('stops the partition at a document that says nothing it knows', async () => {
    const unknown = documentBytes({ commandId: 'x', event: { case: undefined } });
    await expect(worker.applyDocuments([finalized, unknown])).rejects.toMatchObject({
      failureClass: 'halt',
    });
    expect(await balancesIn(wallets.auditor)).not.toHaveProperty('tax');
  });
});
