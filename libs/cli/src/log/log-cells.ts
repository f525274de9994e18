import type { ExtractedProperty } from '@farthing/contracts/wire/envelope-builder';
import type { Meter } from '@farthing/domain/metering/meter';
import { compileMatrixPrice } from '@farthing/domain/pricing/matrix-price';
import type { Price } from '@farthing/domain/pricing/price';
import { compilePrice, type CompiledPrice } from '@farthing/domain/rating/rate-reading';

export interface PricedCell {
  /** '' for a price without cells. */
  readonly cell: string;
  readonly compiled: CompiledPrice;
}

/** The value of a dimension of an event's meter. */
export type DimensionOf = (name: string) => string | undefined;

export type FindCell = (dimension: DimensionOf) => PricedCell | undefined;

export function dimensionsOf(
  { dimensions }: Meter,
  properties: readonly ExtractedProperty[],
): DimensionOf {
  return (name) => {
    const pointer = dimensions.find((dimension) => dimension.name === name)?.pointer;
    return properties.find((property) => property.pointer === pointer)?.value;
  };
}

/** A price, compiled once, by the values of an event's dimensions. */
export function findCellOf(price: Price): FindCell {
  const { model, ...around } = price;
  if (model.kind !== 'matrix') {
    const whole = { cell: '', compiled: compilePrice(price) };
    return () => whole;
  }
  const { findCell } = compileMatrixPrice(model, around);
  return (dimension) => {
    const values = model.dimensions.flatMap((name) => {
      const value = dimension(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const found = findCell(Object.fromEntries(values));
    if (found.outcome === 'refused') return undefined;
    return { cell: found.cell, compiled: { price, model: found.model } };
  };
}
