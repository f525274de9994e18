import type { PaymentPart } from '../ledger/charge-postings.js';

/**
 * Who still pays a charge after what corrected it: the parts of the charge and then of those that correct it, in the
 * order in which they were paid. What came back from someone is taken off what that one paid last; what none of them
 * had paid (the part of a grant that has expired) is off nobody.
 */
export function netParts(parts: readonly PaymentPart[]): PaymentPart[] {
  const paid: PaymentPart[] = [];
  for (const part of parts) {
    if (part.amount > 0n) {
      paid.push(part);
      continue;
    }
    let back = -part.amount;
    for (let at = paid.length - 1; at >= 0 && back > 0n; at--) {
      const { source, amount } = paid[at]!;
      if (!isSame(source, part.source)) continue;
      const off = amount < back ? amount : back;
      paid[at] = { source, amount: amount - off };
      back -= off;
    }
  }
  return paid.filter(({ amount }) => amount > 0n);
}

function isSame(a: PaymentPart['source'], b: PaymentPart['source']): boolean {
  if (a.kind === 'grant') return b.kind === 'grant' && a.grant === b.grant;
  return b.kind === 'receivable';
}
