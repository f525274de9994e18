import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { PriceBook } from '@farthing/domain/price-book/price-book';

const entry = { key: z.string() };
const pointer = z.string();

const condition = z.strictObject({
  op: z.string(),
  pointer,
  value: z.unknown().optional(),
  values: z.array(z.unknown()).optional(),
  exists: z.boolean().optional(),
});

/**
 * The fields of catalog's documents and no others: a misspelt one would be refused by catalog only when a part of
 * the book was made. What a field may hold is for the linter to say, and what a model may hold, too.
 */
const bookSchema = z.strictObject({
  meters: z
    .array(
      z.strictObject({
        ...entry,
        eventTypes: z.array(z.string()),
        aggregation: z.string(),
        value: pointer.optional(),
        filter: z.array(condition).optional(),
        dimensions: z.array(z.strictObject({ name: z.string(), pointer })).optional(),
        unit: z.strictObject({ name: z.string(), size: z.string() }).optional(),
      }),
    )
    .default([]),
  prices: z
    .array(
      z.strictObject({
        ...entry,
        meter: z.string(),
        currency: z.string(),
        effectiveFrom: z.string(),
        description: z.string(),
        taxCategory: z.string().optional(),
        transform: z.unknown().optional(),
        freeQuantity: z.unknown().optional(),
        model: z.looseObject({ kind: z.string() }),
        maximum: z.unknown().optional(),
        minimum: z.unknown().optional(),
        chargeFirstTierWhenUnused: z.literal(true).optional(),
        split: z
          .array(
            z.strictObject({
              creator: z.union([
                z.strictObject({ property: pointer }),
                z.strictObject({ id: z.string() }),
              ]),
              shareBps: z.number(),
            }),
          )
          .optional(),
      }),
    )
    .default([]),
  plans: z.array(z.strictObject({ ...entry, prices: z.array(z.string()) })).default([]),
});

/** Reads a price book in YAML or JSON. Throws with the places where it is not shaped like one. */
export async function readBookFile(path: string): Promise<PriceBook> {
  const text = await readFile(path, 'utf8');
  return parseBook(text, path);
}

/** JSON is YAML. `name` is what the text is called in an error. */
export function parseBook(text: string, name: string): PriceBook {
  const parsed = bookSchema.safeParse(parseText(text, name));
  if (!parsed.success) {
    const places = parsed.error.issues.map(
      ({ path, message }) => `\n  ${path.map((part) => `/${String(part)}`).join('')} ${message}`,
    );
    throw new Error(`${name} is not a price book:${places.join('')}`);
  }
  return parsed.data as unknown as PriceBook;
}

function parseText(text: string, name: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new Error(`${name} is neither YAML nor JSON: ${error.message}`, { cause: error });
  }
}
