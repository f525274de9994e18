const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Whether a JSON number that parses to a safe integer says exactly that integer: `1e2` and `5.0` do,
 * `1.00000000000000000001` and `1e-400` do not. A number that parses to anything else is judged where it is used.
 */
export function saysItsInteger(text: string): boolean {
  if (!Number.isSafeInteger(Number(text))) return true;
  const match = PARTS.exec(text);
  if (!match) return false;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const significant = (whole + fraction).replace(/0+$/, '');
  if (/^0*$/.test(significant)) return true;
  // digits × 10^power, where the digits do not end in 0: an integer exactly when the power is not negative.
  const dropped = whole.length + fraction.length - significant.length;
  return Number(exponent) - fraction.length + dropped >= 0;
}
