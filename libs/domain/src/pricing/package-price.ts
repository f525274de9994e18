import { divideUp } from '../money/round.js';
import { ONE } from '../metering/quantity.js';
import { checkPositiveQuantity, modelQuantity } from './model-quantity.js';
import { checkUnitPrice, unitPrice } from './unit-price.js';
import type { CompiledModel } from './compiled-model.js';
import type { PriceModelFault } from './price-model-fault.js';

/** `cost(q) = ceil(q / size) × packagePrice`: a package is paid whole once it is begun. */
export interface PackagePrice {
  readonly kind: 'package';
  /** Decimal string: units in a package, above zero. */
  readonly size: string;
  /** Decimal string in major units, up to 18 places. */
  readonly packagePrice: string;
}

export function checkPackagePrice(price: PackagePrice): PriceModelFault[] {
  return [
    ...checkPositiveQuantity(price.size, '/size'),
    ...checkUnitPrice(price.packagePrice, '/packagePrice'),
  ];
}

export function compilePackagePrice(price: PackagePrice): CompiledModel {
  const { mantissa, scale } = unitPrice(price.packagePrice);
  const size = modelQuantity(price.size);
  // Quantities count 1e-9 units and packages whole ones: nine more digits to the same numerator.
  const each = mantissa * ONE;
  return {
    denominator: 10n ** BigInt(scale),
    scale,
    numeratorAt: (quantity) => divideUp(quantity, size) * each,
    partsBetween: (from, to) =>
      from === to
        ? []
        : [
            {
              kind: 'used',
              from,
              to,
              unitPrice: price.packagePrice,
              flatFee: undefined,
              blocks: { name: 'package', size, count: divideUp(to, size) - divideUp(from, size) },
            },
          ],
  };
}
