import type { PaymentPart } from '../ledger/charge-postings.js';
import type { Nanos } from '../money/nanos.js';
import type { Micros } from '../period/micros.js';
import { compareBurnOrder, isUsableAt, type Grant } from './grant.js';

export type Funding = 'prepaid' | 'postpaid' | 'prepaid_then_postpaid';

export interface GrantBalance {
  readonly grant: Grant;
  /** What is left of it; not negative. */
  readonly balance: Nanos;
}

export interface ChargeToPay {
  readonly funding: Funding;
  /** The customer's grants in the charge's currency, in any order. */
  readonly grants: readonly GrantBalance[];
  /** When the use occurred: it decides which grants can pay. */
  readonly at: Micros;
  readonly amount: Nanos;
  /** For a charge that corrects another: what paid that one, in the order in which it paid. */
  readonly correctedParts?: readonly PaymentPart[];
}

export interface ChargePayment {
  /** Σ parts = the amount; the receivable is last. None for a charge of zero. */
  readonly parts: readonly PaymentPart[];
  /** Whether a prepaid customer's wallet lacked funds. */
  readonly overdrawn: boolean;
}

/**
 * Decides who pays. A charge always gets paid: usage happened, so what the wallet lacks becomes
 * receivable. A negative charge goes back to the receivable, unless the parts of what it corrects
 * are given: then it goes back to those in reverse, each up to what it paid, and only the rest to
 * the receivable.
 */
export function payCharge(charge: ChargeToPay): ChargePayment {
  const { amount } = charge;
  if (amount < 0n) {
    return { parts: giveBack(-amount, charge.correctedParts ?? []), overdrawn: false };
  }
  const parts: PaymentPart[] = [];
  let left = amount;
  if (charge.funding !== 'postpaid' && left > 0n) {
    const usable = charge.grants.filter(({ grant }) => isUsableAt(grant, charge.at));
    usable.sort((a, b) => compareBurnOrder(a.grant, b.grant));
    for (const { grant, balance } of usable) {
      if (left === 0n) break;
      const part = balance < left ? balance : left;
      if (part <= 0n) continue;
      parts.push({ source: { kind: 'grant', grant: grant.id }, amount: part });
      left -= part;
    }
  }
  if (left > 0n) parts.push({ source: { kind: 'receivable' }, amount: left });
  return { parts, overdrawn: charge.funding === 'prepaid' && left > 0n };
}

function giveBack(total: Nanos, paid: readonly PaymentPart[]): PaymentPart[] {
  const parts: PaymentPart[] = [];
  let toReceivable = 0n;
  let left = total;
  for (const { source, amount } of paid.toReversed()) {
    const part = amount < left ? amount : left;
    if (part <= 0n) continue;
    if (source.kind === 'grant') parts.push({ source, amount: -part });
    else toReceivable += part;
    left -= part;
  }
  toReceivable += left;
  if (toReceivable > 0n) parts.push({ source: { kind: 'receivable' }, amount: -toReceivable });
  return parts;
}
