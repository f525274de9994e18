import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRatingSum } from '@farthing/domain/rating/re-rating-sum';
import type { DiffBatch, DifferenceBlock } from './diff-batch.js';
import type { ReRatingKey } from './re-rating.js';

const COLUMNS = [
  'tenant',
  're_rating',
  'number',
  'customer',
  'price',
  'cell',
  'currency',
  'usage_from',
  'generation',
  'partition',
  'n',
  'version',
  'log_offsets',
  'event_indexes',
  'amounts_before',
  'amounts_after',
] as const;

/** Adds the blocks and the sums of a batch to what is stored. `firstNumber` is that of its first block. */
export async function saveDiffBatch(
  tx: Transaction,
  key: ReRatingKey,
  { batch, firstNumber }: { readonly batch: DiffBatch; readonly firstNumber: number },
): Promise<void> {
  const customers = await selectCustomers(tx, [
    ...new Set([...batch.customers.values()].flatMap((sums) => [...sums.keys()])),
  ]);
  const nameOf = (number: number) => customers.get(number)!;
  if (batch.blocks.length > 0) {
    const writer = new BinaryCopyWriter(1024 * 1024);
    batch.blocks.forEach((block, at) =>
      writeBlock(writer, key, { block, number: firstNumber + at, nameOf }),
    );
    const sql = `copy re_rating_differences (${COLUMNS.join(', ')}) from stdin (format binary)`;
    await tx.copyIn(sql, writer.finish());
  }
  const rows = [
    ...sumRows('price', batch.prices, String),
    ...sumRows('customer', batch.customers, nameOf),
    ...sumRows('creator', batch.creators, String),
    ...sumRows('left', batch.left, String),
  ];
  if (rows.length > 0) await addSums(tx, key, rows);
}

function writeBlock(
  writer: BinaryCopyWriter,
  { tenant, id }: ReRatingKey,
  row: {
    readonly block: DifferenceBlock;
    readonly number: number;
    readonly nameOf: (customer: number) => string;
  },
): void {
  const { block } = row;
  writer
    .row(COLUMNS.length)
    .text(tenant)
    .text(id)
    .int8(row.number)
    .text(row.nameOf(block.customer))
    .text(block.price)
    .text(block.cell)
    .text(block.currency)
    .int8(block.usageFrom)
    .int2(block.generation)
    .int2(block.partition)
    .int2(block.n)
    .int4(block.version)
    .int8Array(block.offsets)
    .int4Array(block.indexes)
    .int8Array(block.before)
    .int8Array(block.after);
}

async function selectCustomers(
  tx: Transaction,
  numbers: readonly number[],
): Promise<Map<number, string>> {
  const rows = await tx.query<{ number: number; customer: string }>(
    `select number, customer from charge_customers where number = any($1::integer[])`,
    [numbers],
  );
  return new Map(rows.map(({ number, customer }) => [number, customer]));
}

interface SumRow {
  readonly kind: string;
  readonly name: string;
  readonly currency: string;
  readonly sum: ReRatingSum;
}

function sumRows<Name>(
  kind: string,
  byCurrency: ReadonlyMap<string, ReadonlyMap<Name, ReRatingSum>>,
  nameOf: (name: Name) => string,
): SumRow[] {
  return [...byCurrency].flatMap(([currency, sums]) =>
    [...sums]
      // Of an accumulator that was entered and of which nothing could be priced.
      .filter(([, { charges }]) => charges > 0)
      .map(([name, sum]) => ({ kind, name: nameOf(name), currency, sum })),
  );
}

async function addSums(
  tx: Transaction,
  { tenant, id }: ReRatingKey,
  rows: readonly SumRow[],
): Promise<void> {
  await tx.execute(
    `insert into re_rating_sums as known (tenant, re_rating, kind, name, currency, charges, changed, amount_before,
       amount_after)
     select $1::text, $2::text, added.* from unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
       $8::numeric[], $9::numeric[]) as added
     on conflict (tenant, re_rating, kind, name, currency) do update
       set charges = known.charges + excluded.charges, changed = known.changed + excluded.changed,
           amount_before = known.amount_before + excluded.amount_before,
           amount_after = known.amount_after + excluded.amount_after`,
    [
      tenant,
      id,
      rows.map(({ kind }) => kind),
      rows.map(({ name }) => name),
      rows.map(({ currency }) => currency),
      rows.map(({ sum }) => sum.charges),
      rows.map(({ sum }) => sum.changed),
      rows.map(({ sum }) => sum.before),
      rows.map(({ sum }) => sum.after),
    ],
  );
}
