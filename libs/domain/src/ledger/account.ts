import type { Currency } from '../money/currency.js';

/**
 * `owner` is a customer for the first three, a creator for `creator_payable`, and '' for the
 * tenant's own.
 */
export type AccountKind =
  | 'wallet'
  | 'receivable'
  | 'billed'
  | 'creator_payable'
  | 'tenant_revenue'
  | 'tax'
  | 'rounding'
  | 'promotions'
  | 'cash'
  | 'breakage';

type CustomerKind = 'receivable' | 'billed';
type TenantKind = Exclude<AccountKind, CustomerKind | 'wallet' | 'creator_payable'>;

/** A ledger account is a row and never a joined string: customer ids may contain any separator. */
export interface Account {
  readonly tenant: string;
  readonly kind: AccountKind;
  readonly owner: string;
  /** The grant's id for a wallet, else ''. */
  readonly grant: string;
  readonly currency: Currency;
}

interface Book {
  readonly tenant: string;
  readonly currency: Currency;
}

/** A customer's wallet: one account a grant. */
export function walletAccount(
  book: Book,
  { customer, grant }: { readonly customer: string; readonly grant: string },
): Account {
  return { tenant: book.tenant, kind: 'wallet', owner: customer, grant, currency: book.currency };
}

/** What a customer has used and not been billed for, or has been billed for and not paid. */
export function customerAccount(book: Book, kind: CustomerKind, customer: string): Account {
  return { tenant: book.tenant, kind, owner: customer, grant: '', currency: book.currency };
}

export function creatorAccount(book: Book, creator: string): Account {
  const { tenant, currency } = book;
  return { tenant, kind: 'creator_payable', owner: creator, grant: '', currency };
}

export function tenantAccount(book: Book, kind: TenantKind): Account {
  return { tenant: book.tenant, kind, owner: '', grant: '', currency: book.currency };
}

/** A key for maps in memory. No id contains NUL, so two accounts never share one. */
export function accountKey(account: Account): string {
  const { tenant, kind, owner, grant, currency } = account;
  return `${tenant}\u0000${kind}\u0000${owner}\u0000${grant}\u0000${currency}`;
}
