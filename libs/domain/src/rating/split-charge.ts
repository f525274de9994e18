import { allocate } from '../money/allocate.js';
import { divideRounded } from '../money/round.js';
import type { Nanos } from '../money/nanos.js';
import { WHOLE_BPS, type SplitRule } from '../pricing/price.js';

/** What one creator gets of a charge; it has the charge's sign or is zero. */
export interface Share {
  readonly creator: string;
  readonly amountNanos: Nanos;
}

export interface SplitOutcome {
  /** In the rule's order, one per creator. */
  readonly shares: readonly Share[];
  /** The rest: charge − Σ shares. */
  readonly tenantAmount: Nanos;
}

const WHOLE = BigInt(WHOLE_BPS);

/** Ids as every door accepts them. */
const VALID_ID = /^[\x21-\x7e]{1,255}$/;

/**
 * The creator of each part of a rule, in its order; '' where the event names none or no valid id. A
 * stored charge keeps this list, from which its shares can always be worked out again.
 */
export function creatorsOf(
  rule: SplitRule,
  propertyOf: (property: string) => string | undefined,
): string[] {
  return rule.map(({ creator }) => {
    const id = creator.kind === 'fixed' ? creator.id : propertyOf(creator.property);
    return id !== undefined && VALID_ID.test(id) ? id : '';
  });
}

/**
 * Shares a charge by largest remainder over the absolute amount, ties to the earlier in the rule,
 * the tenant's rest last. A part without a creator stays with the tenant; a creator named twice is
 * added up.
 */
export function splitCharge(
  rule: SplitRule,
  creators: readonly string[],
  amount: Nanos,
): SplitOutcome {
  if (rule.length === 0) return { shares: [], tenantAmount: amount };
  if (creators.length !== rule.length) throw new Error('creators do not match the split rule');
  if (rule.length === 1) return splitInTwo(rule[0]!.shareBps, creators[0]!, amount);
  let rest = WHOLE_BPS;
  const weights: bigint[] = [];
  for (const { shareBps } of rule) {
    weights.push(BigInt(shareBps));
    rest -= shareBps;
  }
  weights.push(BigInt(rest));
  const parts = allocate(amount, weights);
  const shares: { creator: string; amountNanos: Nanos }[] = [];
  let tenantAmount = parts[rule.length] ?? 0n;
  creators.forEach((creator, at) => {
    const part = parts[at] ?? 0n;
    if (creator === '') {
      tenantAmount += part;
      return;
    }
    const named = shares.find((share) => share.creator === creator);
    if (named) named.amountNanos += part;
    else shares.push({ creator, amountNanos: part });
  });
  return { shares, tenantAmount };
}

/** Whether each creator has the same of both, in however many shares. */
export function areSharedAlike(some: readonly Share[], others: readonly Share[]): boolean {
  if (some.length === 1 && others.length === 1) {
    const [one, other] = [some[0]!, others[0]!];
    return one.creator === other.creator && one.amountNanos === other.amountNanos;
  }
  const lacking = new Map<string, Nanos>();
  const add = (creator: string, amount: Nanos) =>
    lacking.set(creator, (lacking.get(creator) ?? 0n) + amount);
  for (const { creator, amountNanos } of some) add(creator, amountNanos);
  for (const { creator, amountNanos } of others) add(creator, -amountNanos);
  return [...lacking.values()].every((amount) => amount === 0n);
}

/** The same as `splitCharge` for a rule of one part, which is what nearly all are, at a fifth of the price. */
function splitInTwo(shareBps: number, creator: string, amount: Nanos): SplitOutcome {
  if (creator === '') return { shares: [], tenantAmount: amount };
  // The creator's remainder is not the smaller one, or there is none: half of a nano and more goes up, a tie, too.
  const amountNanos = divideRounded(amount * BigInt(shareBps), WHOLE, 'half_up');
  return { shares: [{ creator, amountNanos }], tenantAmount: amount - amountNanos };
}
