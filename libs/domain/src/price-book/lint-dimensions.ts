import { bookFinding, type BookFinding } from './book-finding.js';
import type { BookMeter } from './price-book.js';

/**
 * Dimensions that a model tells cells or items apart by and that its meter does not read: no event
 * ever has a value for one, so the cells are never reached.
 */
export function lintDimensions(model: object, meter: BookMeter): BookFinding[] {
  const metered = new Set((meter.dimensions ?? []).map(({ name }) => name));
  return dimensionsOf(model)
    .filter(({ name }) => !metered.has(name))
    .map(({ pointer }) => bookFinding('dimension_not_metered', pointer));
}

function dimensionsOf(model: object): { readonly name: string; readonly pointer: string }[] {
  const named = 'dimensions' in model && Array.isArray(model.dimensions) ? model.dimensions : [];
  const places = named.map((name: unknown, at) => ({ name, pointer: `/model/dimensions/${at}` }));
  if ('item' in model) places.push({ name: model.item, pointer: '/model/item' });
  return places.flatMap(({ name, pointer }) =>
    typeof name === 'string' ? [{ name, pointer }] : [],
  );
}
