import { z } from 'zod';
import type { DemoTenant } from './demo-stack.js';
import { nanosOf } from './read-books.js';

const entrySchema = z.object({ side: z.enum(['debit', 'credit']), amount: z.string() });
const accountSchema = z.object({ id: z.string() });

/** The kinds of account that a charge credits. */
const EARNERS = ['creator_payable', 'tenant_revenue'];

/** What the ledger's entries say that creators and the tenant earned; nano-units. */
export async function readLedger({ api }: DemoTenant): Promise<bigint> {
  let earned = 0n;
  for (const kind of EARNERS) {
    for await (const { id } of api.pages(
      `/v1/ledger/accounts?kind=${kind}&limit=1000`,
      accountSchema,
    )) {
      const path = `/v1/ledger/entries?account=${encodeURIComponent(id)}&limit=1000`;
      for await (const { side, amount } of api.pages(path, entrySchema)) {
        earned += side === 'credit' ? nanosOf(amount) : -nanosOf(amount);
      }
    }
  }
  return earned;
}
