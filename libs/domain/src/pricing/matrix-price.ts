import type { CompiledModel } from './compiled-model.js';
import { checkPriceModel, type PriceModel } from './price-model.js';
import type { PriceModelFault } from './price-model-fault.js';
import { compileRule, type PriceRule } from './price-rule.js';

/** A model per combination of dimension values. Each cell has its own cumulative quantity. */
export interface MatrixPrice {
  readonly kind: 'matrix';
  /** Names of the meter's dimensions that the price distinguishes, 1 to 8. */
  readonly dimensions: readonly string[];
  readonly cells: readonly MatrixCell[];
  /** For every other combination, all of them together. Without it they are refused. */
  readonly default?: PriceModel;
}

export interface MatrixCell {
  /** A value for each of the price's dimensions. */
  readonly values: Readonly<Record<string, string>>;
  readonly model: PriceModel;
}

export interface CompiledCell {
  /**
   * Part of the accumulator's identity: the canonical JSON object (RFC 8785) of the values that the
   * price distinguishes, `{}` for the default.
   */
  readonly cell: string;
  readonly model: CompiledModel;
}

export type FindCellOutcome =
  | ({ readonly outcome: 'found' } & CompiledCell)
  | { readonly outcome: 'refused'; readonly reason: 'no_cell_for_event' };

export interface CompiledMatrix {
  readonly findCell: (dimensions: Readonly<Record<string, string>>) => FindCellOutcome;
}

/** The cell of every combination that has none of its own. */
export const OTHER_CELL = '{}';
const MOST_DIMENSIONS = 8;
/** No value of a dimension contains it. */
const BETWEEN = '\u0000';

export function checkMatrixPrice(price: MatrixPrice): PriceModelFault[] {
  const faults = checkDimensions(price.dimensions);
  if (price.cells.length === 0) faults.push({ reason: 'no_cells', pointer: '/cells' });
  const seen = new Set<string>();
  price.cells.forEach(({ values, model }, at) => {
    const pointer = `/cells/${at}`;
    faults.push(...modelFaults(model, `${pointer}/model`));
    const names = Object.keys(values);
    if (
      names.length !== price.dimensions.length ||
      !price.dimensions.every((name) => Object.hasOwn(values, name))
    ) {
      faults.push({ reason: 'cell_dimensions_differ', pointer: `${pointer}/values` });
      return;
    }
    const cell = cellOf(values);
    if (seen.has(cell)) faults.push({ reason: 'cell_named_twice', pointer: `${pointer}/values` });
    seen.add(cell);
  });
  if (price.default !== undefined) faults.push(...modelFaults(price.default, '/default'));
  return faults;
}

/**
 * `around` is what surrounds the model in every cell, each by itself: transform, free quantity and
 * maximum. Throws on a matrix that `checkMatrixPrice` finds fault with.
 */
export function compileMatrixPrice(
  price: MatrixPrice,
  around: Omit<PriceRule, 'model'> = {},
): CompiledMatrix {
  const [fault] = checkMatrixPrice(price);
  if (fault) throw new Error(`matrix price: ${fault.reason} at ${fault.pointer}`);
  const { dimensions } = price;
  const cells = new Map<string, FindCellOutcome>();
  const found = (cell: string, model: PriceModel): FindCellOutcome => ({
    outcome: 'found',
    cell,
    model: compileRule({ ...around, model }),
  });
  for (const { values, model } of price.cells) {
    const key = dimensions.map((name) => values[name]).join(BETWEEN);
    cells.set(key, found(cellOf(values), model));
  }
  const other: FindCellOutcome =
    price.default === undefined
      ? { outcome: 'refused', reason: 'no_cell_for_event' }
      : found(OTHER_CELL, price.default);
  return {
    findCell: (values) => {
      let key = '';
      for (const [at, name] of dimensions.entries()) {
        const value = Object.hasOwn(values, name) ? values[name] : undefined;
        if (value === undefined) return other;
        key = at === 0 ? value : key + BETWEEN + value;
      }
      return cells.get(key) ?? other;
    },
  };
}

/** The canonical JSON object of a cell's values. */
export function cellOf(values: Readonly<Record<string, string>>): string {
  const members = Object.keys(values)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(values[name])}`);
  return `{${members.join(',')}}`;
}

function checkDimensions(dimensions: readonly string[]): PriceModelFault[] {
  const faults: PriceModelFault[] = [];
  if (dimensions.length === 0) faults.push({ reason: 'no_dimensions', pointer: '/dimensions' });
  if (dimensions.length > MOST_DIMENSIONS) {
    faults.push({ reason: 'too_many_dimensions', pointer: `/dimensions/${MOST_DIMENSIONS}` });
  }
  dimensions.forEach((name, at) => {
    if (dimensions.indexOf(name) < at) {
      faults.push({ reason: 'dimension_named_twice', pointer: `/dimensions/${at}` });
    }
  });
  return faults;
}

function modelFaults(model: PriceModel, pointer: string): PriceModelFault[] {
  return checkPriceModel(model).map((fault) => ({ ...fault, pointer: pointer + fault.pointer }));
}
