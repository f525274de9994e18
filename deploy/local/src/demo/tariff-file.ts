import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Tariff } from './tariff.js';

/** What a demo has to know of a price book; what else its documents may hold is for catalog to say. */
const bookSchema = z.object({
  meters: z.array(z.looseObject({ key: z.string(), eventTypes: z.array(z.string()) })).min(1),
  prices: z
    .array(z.looseObject({ key: z.string(), currency: z.string(), description: z.string() }))
    .min(1),
  plans: z.array(z.object({ key: z.string(), prices: z.array(z.string()) })).length(1),
});

/**
 * A price book of one plan, YAML or JSON, as a tariff: every customer is on the plan. Throws with one sentence when
 * the file is no such book.
 */
export function readTariffFile(file: string): Tariff {
  const { meters, prices, plans } = bookOf(file);
  const [plan] = plans;
  const currencies = new Set(prices.map(({ currency }) => currency));
  if (currencies.size > 1) throw new Error(`${file} has prices in ${[...currencies].join(', ')}.`);
  return {
    name: basename(file).replace(/\.\w+$/, ''),
    currency: prices[0]!.currency,
    plan: plan!.key,
    meters: meters.map(({ key, ...document }) => ({
      key,
      eventTypes: document.eventTypes,
      document,
    })),
    prices: plan!.prices.map((key) => {
      const versions = prices.filter((price) => price.key === key);
      return { key, label: key, description: versions.at(-1)?.description ?? key, versions };
    }),
  };
}

function bookOf(file: string): z.infer<typeof bookSchema> {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`The tariff ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const book = bookSchema.safeParse(document);
  if (book.success) return book.data;
  const [fault] = book.error.issues;
  throw new Error(
    `The tariff ${file} is no price book of one plan: ${fault!.path.join('.')} ${fault!.message}`,
  );
}
