const UNIT = 1_000_000_000n;
const WIRE_ONE = { mantissa: 1n, scale: 0 } as const;

/** A quantity as mantissa / 10^scale, scale 0 to 9, without trailing zeros. */
export interface WireQuantity {
  readonly mantissa: bigint;
  readonly scale: number;
}

/** From units of 10^-9. */
export function quantityToWire(quantity: bigint): WireQuantity {
  if (quantity === UNIT) return WIRE_ONE;
  if (quantity % UNIT === 0n) return { mantissa: quantity / UNIT, scale: 0 };
  let mantissa = quantity;
  let scale = 9;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    scale--;
  }
  return { mantissa, scale };
}

/** In units of 10^-9. */
export function quantityFromWire(mantissa: bigint, scale: number): bigint {
  return scale === 0 ? mantissa * UNIT : mantissa * 10n ** BigInt(9 - scale);
}
