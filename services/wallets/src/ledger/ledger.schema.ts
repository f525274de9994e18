import { z } from 'zod';
import { listQuery } from '../grant/grant.schema.js';

const KINDS = [
  'wallet',
  'receivable',
  'billed',
  'creator_payable',
  'tenant_revenue',
  'tax',
  'rounding',
  'promotions',
  'cash',
  'breakage',
] as const;

/** The query of `GET /v1/ledger/accounts`. `owner` is a customer or a creator. */
export const accountsQuery = listQuery.extend({
  kind: z.enum(KINDS).optional(),
  owner: z.string().max(255).optional(),
});

/** The query of `GET /v1/ledger/entries`: the id of an account of that list. */
export const entriesQuery = listQuery.extend({
  account: z.string().regex(/^acc_[1-9]\d{0,17}$/, 'not an account id'),
});

export type AccountsQuery = z.output<typeof accountsQuery>;
export type EntriesQuery = z.output<typeof entriesQuery>;
