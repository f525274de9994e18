import { formatPosition, parsePosition, type Position } from './position.js';

/**
 * Where a charge comes from: a position, and its number among the charges of that position, from 0.
 */
export interface ChargeOrigin extends Position {
  readonly n: number;
}

const TEXT = /^chg_(.+)-(0|[1-9]\d{0,9})$/;

/** `chg_<generation>-<partition>-<offset>-<index>-<n>`: no batch, clock or chance enters it. */
export function chargeId(origin: ChargeOrigin): string {
  return `chg_${formatPosition(origin)}-${origin.n}`;
}

/** Undefined for text that `chargeId` does not write. */
export function parseChargeId(text: string): ChargeOrigin | undefined {
  const match = TEXT.exec(text);
  const position = parsePosition(match?.[1] ?? '');
  return position && { ...position, n: Number(match?.[2]) };
}
