import { divideDown } from './round.js';

/**
 * Splits a total over weights by largest remainder: the parts sum to the total exactly, none has
 * the opposite sign, and ties go to the earlier. It works on the absolute amount and restores the
 * sign, so a reversal splits exactly as what it reverses. Weights are not negative and not all
 * zero.
 */
export function allocate(total: bigint, weights: readonly bigint[]): bigint[] {
  let sum = 0n;
  for (const weight of weights) {
    if (weight < 0n) throw new Error('a weight is negative');
    sum += weight;
  }
  if (sum === 0n) throw new Error('the weights sum to zero');
  const absolute = total < 0n ? -total : total;
  let left = absolute;
  const parts: bigint[] = [];
  const remainders: bigint[] = [];
  for (const weight of weights) {
    const product = absolute * weight;
    const part = product / sum;
    parts.push(part);
    remainders.push(product - part * sum);
    left -= part;
  }
  giveToLargest(parts, remainders, left);
  return total < 0n ? parts.map((part) => -part) : parts;
}

/**
 * Rounds exact amounts to multiples of `unit` so that they sum to `total`, itself such a multiple:
 * each is cut down to the unit, and what is missing goes, a unit each, to the largest remainders,
 * ties to the earlier. It works in the direction of the total's sign. The total may differ from the
 * exact sum by a few units; that is spread over the lines in the same order.
 */
export function allocateRounded(total: bigint, exact: readonly bigint[], unit: bigint): bigint[] {
  if (exact.length === 0) throw new Error('there is nothing to allocate to');
  if (total % unit !== 0n) throw new Error('the total is not a multiple of the unit');
  const sign = total < 0n ? -1n : 1n;
  const parts: bigint[] = [];
  const remainders: bigint[] = [];
  let left = (total * sign) / unit;
  for (const amount of exact) {
    const signed = amount * sign;
    const part = divideDown(signed, unit);
    parts.push(part);
    remainders.push(signed - part * unit);
    left -= part;
  }
  if (left >= 0n) {
    giveToLargest(parts, remainders, left);
  } else {
    takeFromSmallest(parts, remainders, -left);
  }
  return parts.map((part) => part * unit * sign);
}

function giveToLargest(parts: bigint[], remainders: readonly bigint[], units: bigint): void {
  if (units === 0n) return;
  spread(
    parts,
    ranked(remainders, (a, b) => (a > b ? -1 : a < b ? 1 : 0)),
    { units, step: 1n },
  );
}

function takeFromSmallest(parts: bigint[], remainders: readonly bigint[], units: bigint): void {
  spread(
    parts,
    ranked(remainders, (a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    { units, step: -1n },
  );
}

function ranked(
  remainders: readonly bigint[],
  compare: (a: bigint, b: bigint) => number,
): number[] {
  const order = remainders.map((_, at) => at);
  // Sorting is stable, so equal remainders stay in the order of the parts.
  return order.toSorted((a, b) => compare(remainders[a] ?? 0n, remainders[b] ?? 0n));
}

function spread(
  parts: bigint[],
  order: readonly number[],
  { units, step }: { units: bigint; step: bigint },
): void {
  for (let given = 0n, next = 0; given < units; given++, next++) {
    const at = order[next % order.length] ?? 0;
    parts[at] = (parts[at] ?? 0n) + step;
  }
}
