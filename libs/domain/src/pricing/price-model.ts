import type { CompiledModel } from './compiled-model.js';
import type { PriceModelFault } from './price-model-fault.js';
import { compileGraduatedPrice, type GraduatedPrice } from './graduated-price.js';
import { checkPackagePrice, compilePackagePrice, type PackagePrice } from './package-price.js';
import { checkPerUnitPrice, compilePerUnitPrice, type PerUnitPrice } from './per-unit-price.js';
import { checkTiers } from './tier.js';
import { compileVolumePrice, type VolumePrice } from './volume-price.js';

/** How a cumulative quantity becomes an amount. Plain data, as catalog stores and sends it. */
export type PriceModel = PerUnitPrice | GraduatedPrice | VolumePrice | PackagePrice;

/** What is wrong with a model; nothing when it can be compiled. */
export function checkPriceModel(model: PriceModel): PriceModelFault[] {
  switch (model.kind) {
    case 'per_unit':
      return checkPerUnitPrice(model);
    case 'graduated':
    case 'volume':
      return checkTiers(model.tiers);
    case 'package':
      return checkPackagePrice(model);
  }
}

/** Throws on a model that `checkPriceModel` finds fault with. */
export function compileModel(model: PriceModel): CompiledModel {
  const [fault] = checkPriceModel(model);
  if (fault) throw new Error(`price model: ${fault.reason} at ${fault.pointer}`);
  switch (model.kind) {
    case 'per_unit':
      return compilePerUnitPrice(model);
    case 'graduated':
      return compileGraduatedPrice(model);
    case 'volume':
      return compileVolumePrice(model);
    case 'package':
      return compilePackagePrice(model);
  }
}
