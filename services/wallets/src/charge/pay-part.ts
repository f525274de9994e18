import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  fundingFromMessage,
  intervalFromMessage,
} from '@farthing/contracts/catalog/schedule-message';
import type { EchoSchema } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { CustomerChanged } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { ChargePayment as WirePayment } from '@farthing/contracts/wire/paid-message';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { chargePostings, type PaymentPart } from '@farthing/domain/ledger/charge-postings';
import { netPostings } from '@farthing/domain/ledger/net-postings';
import type { Posting } from '@farthing/domain/ledger/posting';
import { chargeId } from '@farthing/domain/rating/charge-id';
import type { Range } from '@farthing/domain/rating/position';
import {
  payCharge,
  type ChargePayment,
  type GrantBalance,
} from '@farthing/domain/wallet/pay-charge';
import { netParts } from '@farthing/domain/wallet/net-parts';
import { customerKey, type CustomerFacts } from '../customer/customers.repository.js';
import { chargesKey, type LedgerTransaction } from '../ledger/ledger-transaction.js';
import { countCharge, passBarrier, type TallySums } from './barrier-tally.js';
import type { PartsByCharge } from './charge-payments.repository.js';
import type { RatedPart } from './plan-chunk.js';

/** What the parts of one transaction are paid by. It is changed as they are paid. */
export interface Purse {
  /** By `customerKey`. */
  readonly customers: Map<string, CustomerFacts>;
  /** Open grants by `customerKey`, in all currencies. */
  readonly grants: Map<string, GrantBalance[]>;
  /** By tenant; at least those of `tenants`. */
  readonly tallies: Map<string, TallySums>;
  /** Whose charges or barriers are among the parts. */
  readonly tenants: ReadonlySet<string>;
  /** Who paid the charges that are corrected, by charge id; undefined when nothing is corrected. */
  readonly corrected: PartsByCharge | undefined;
  /** Facts that changed, by `customerKey`. */
  readonly changedCustomers: Map<string, CustomerFacts>;
  /** What a charge took from a grant or gave back to it, by tenant and grant. */
  readonly grantMoves: Map<string, GrantMove>;
}

export interface GrantMove {
  readonly tenant: string;
  readonly grant: string;
  /** Undefined when it was not among the open ones: something came back to a spent grant. */
  remaining: bigint | undefined;
}

/** A prepaid wallet that lacked funds, and for how much. */
export interface Shortfall {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly nanos: bigint;
}

/** What became of one part of a rated message. */
export interface PaidPart {
  readonly range: Range;
  readonly payments: readonly WirePayment[];
  readonly echoes: ReadonlyArray<MessageInitShape<typeof EchoSchema>>;
  /** One a customer, its postings netted. */
  readonly transactions: readonly LedgerTransaction[];
  readonly shortfalls: readonly Shortfall[];
}

/** The log spoke of a charge whose customer it never introduced. Nothing can be posted for it. */
export class UnknownCustomer extends Error {}

/**
 * Pays the charges of a part in order, each by what holds at its place: an echo holds before the charges of the same
 * or a later position. Burn order runs per charge; only then are a customer's postings netted.
 */
export function payPart(part: RatedPart, purse: Purse): PaidPart {
  const books = new Map<string, CustomerBook>();
  const payments: WirePayment[] = [];
  const echoes: MessageInitShape<typeof EchoSchema>[] = [];
  const shortfalls: Shortfall[] = [];
  let echo = 0;
  const echoesUpTo = (place: { readonly offset: bigint; readonly index: number } | undefined) => {
    for (
      let next = part.echoes[echo];
      next && isAtOrBefore(next, place);
      next = part.echoes[echo]
    ) {
      echo += 1;
      const { record } = next;
      if (record.case === 'customerChanged') learnCustomer(record.value, purse);
      if (record.case !== 'barrierPassed') continue;
      const figures = passBarrier(purse.tallies.get(record.value.tenant)!);
      const { runId, tenant, closesBeforeMicros } = record.value;
      const value = {
        runId,
        tenant,
        closesBeforeMicros,
        charges: figures.charges,
        sums: figures.sums.map((sum) => ({ ...sum })),
      };
      echoes.push({
        offset: next.offset,
        index: next.index,
        record: { case: 'barrierPassed', value },
      });
    }
  };
  for (const charge of part.charges) {
    echoesUpTo(charge);
    countCharge(purse.tallies.get(charge.tenant)!, charge.currency, charge.amountNanos);
    const paid = payOne(charge, part.range, purse);
    for (const { source, amount } of paid.parts) {
      payments.push(paymentOf(charge, source.kind === 'grant' ? source.grant : '', amount));
    }
    if (paid.overdrawn) shortfalls.push(shortfallOf(charge, paid.parts));
    const key = customerKey(charge.tenant, charge.customer);
    const book = books.get(key) ?? { first: charge, postings: [], bookedAt: charge.occurredAt };
    books.set(key, book);
    book.postings.push(...postingsOf(charge, paid.parts));
    book.bookedAt = Math.max(book.bookedAt, charge.occurredAt);
  }
  echoesUpTo(undefined);
  const transactions = [...books.values()].map((book) => transactionOf(book, part.range));
  return { range: part.range, payments, echoes, transactions, shortfalls };
}

interface CustomerBook {
  readonly first: RatedCharge;
  readonly postings: Posting[];
  bookedAt: number;
}

function isAtOrBefore(
  a: { readonly offset: bigint; readonly index: number },
  b: { readonly offset: bigint; readonly index: number } | undefined,
): boolean {
  return b === undefined || a.offset < b.offset || (a.offset === b.offset && a.index <= b.index);
}

function learnCustomer(changed: CustomerChanged, purse: Purse): void {
  const { tenant, customer, version, currency, closed, plan, priceOverrides, timeZone } = changed;
  const key = customerKey(tenant, customer);
  const known = purse.customers.get(key);
  if (known && known.version >= version) return;
  const funding = fundingFromMessage(changed.funding);
  const schedule = {
    timeZone,
    anchorAt: Number(changed.anchorAtMicros),
    interval: intervalFromMessage(changed.interval),
  };
  const terms = { funding, currency, closed, plan, priceOverrides, schedule };
  const facts: CustomerFacts = { tenant, customer, version, ...terms };
  purse.customers.set(key, facts);
  purse.changedCustomers.set(key, facts);
}

function payOne(charge: RatedCharge, range: Range, purse: Purse): ChargePayment {
  const key = customerKey(charge.tenant, charge.customer);
  const customer = purse.customers.get(key);
  if (!customer)
    throw new UnknownCustomer(`no customer is known for charge ${idOf(charge, range)}`);
  const all = purse.grants.get(key) ?? [];
  const grants = all.filter(({ grant }) => grant.currency === charge.currency);
  const paid = payCharge({
    funding: customer.funding,
    grants,
    at: charge.occurredAt,
    amount: charge.amountNanos,
    correctedParts: purse.corrected?.get(charge.corrects),
  });
  for (const { source, amount } of paid.parts) {
    if (source.kind === 'grant') spend(charge.tenant, all, { grant: source.grant, amount }, purse);
  }
  // A charge of this very transaction may be corrected later in it.
  purse.corrected?.set(idOf(charge, range), paid.parts);
  if (charge.corrects !== '') {
    const before = purse.corrected?.get(charge.corrects) ?? [];
    purse.corrected?.set(charge.corrects, netParts([...before, ...paid.parts]));
  }
  return paid;
}

function spend(
  tenant: string,
  grants: GrantBalance[],
  part: { readonly grant: string; readonly amount: bigint },
  purse: Purse,
): void {
  const at = grants.findIndex(({ grant }) => grant.id === part.grant);
  const held = grants[at];
  const remaining = held && held.balance - part.amount;
  if (held) grants[at] = { grant: held.grant, balance: remaining! };
  purse.grantMoves.set(customerKey(tenant, part.grant), { tenant, grant: part.grant, remaining });
}

function postingsOf(charge: RatedCharge, parts: readonly PaymentPart[]): Posting[] {
  if (charge.amountNanos === 0n) return [];
  let tenantAmount = charge.amountNanos;
  const shares = charge.shares.map(({ creator, amountNanos }) => {
    tenantAmount -= amountNanos;
    return { creator, amount: amountNanos };
  });
  const { tenant, customer, currency } = charge;
  return chargePostings({ tenant, customer, currency, parts, shares, tenantAmount });
}

function transactionOf(book: CustomerBook, range: Range): LedgerTransaction {
  const { tenant, customer } = book.first;
  return {
    tenant,
    key: chargesKey(range, customer),
    kind: 'charges',
    customer,
    reference: '',
    bookedAt: book.bookedAt,
    partition: range.from.partition,
    range,
    postings: netPostings(book.postings),
  };
}

function shortfallOf(charge: RatedCharge, parts: readonly PaymentPart[]): Shortfall {
  const { tenant, customer, currency } = charge;
  const receivable = parts.find(({ source }) => source.kind === 'receivable');
  return { tenant, customer, currency, nanos: receivable?.amount ?? 0n };
}

function paymentOf(charge: RatedCharge, grant: string, amountNanos: bigint): WirePayment {
  return {
    offset: charge.offset,
    index: charge.index,
    n: charge.n,
    tenant: charge.tenant,
    customer: charge.customer,
    currency: charge.currency,
    kind: charge.kind,
    price: charge.price,
    priceVersion: charge.priceVersion,
    cell: charge.cell,
    usageFrom: charge.usageFrom,
    bookingFrom: charge.bookingFrom,
    bookingTo: charge.bookingTo,
    grant,
    amountNanos,
  };
}

function idOf(charge: RatedCharge, { from }: Range): string {
  const { generation, partition } = from;
  return chargeId({
    generation,
    partition,
    offset: charge.offset,
    index: charge.index,
    n: charge.n,
  });
}
