import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import {
  buildLevels,
  inclusionPath,
  leafHash,
  rootOf,
  type Hash,
} from '@farthing/domain/proof/merkle-tree';
import {
  statementHash,
  statementId,
  statementLeafHash,
  type RunSeal,
  type Statement,
} from '@farthing/domain/proof/statement';
import { leafOfCharge } from '@farthing/domain/statement/leaf-of-charge';
import type { StatementPeriod } from '@farthing/domain/statement/statement-of-charges';
import { expect, test } from 'vitest';
import { compareStatements } from './compare-statements.js';
import type { ReplayedCharge, SealedBooks } from './remake-statement.js';
import type { SealedLeaf, SealedStatement } from './sealed-statements.repository.js';

const DAY = 86_400_000_000;
const SALT = new Uint8Array(32).fill(7);

/** The n-th charge of a partition: of 0.001 each more, in a booking period of a day. */
function charge(n: number, changes: Partial<RatedCharge> = {}): ReplayedCharge {
  return {
    generation: 1,
    partition: 3,
    charge: {
      offset: BigInt(n),
      index: 0,
      n: 0,
      tenant: 'acme',
      customer: 'ann',
      currency: 'USD',
      kind: ChargeKind.USAGE,
      corrects: '',
      source: 'web',
      eventId: String(n),
      type: 'article.read',
      meter: 'articles',
      price: 'articles',
      priceVersion: 1,
      cell: '',
      occurredAt: n,
      usageFrom: 0,
      usageTo: DAY,
      bookingFrom: 0,
      bookingTo: DAY,
      quantityBefore: 0n,
      quantityAfter: 1_000_000_000n,
      amountNanos: BigInt(n) * 1_000_000n,
      quoteDifferenceNanos: 0n,
      bodyHash: new Uint8Array(32).fill(n),
      shares: [{ creator: 'joe', amountNanos: 1n }],
      ...changes,
    },
  };
}

interface StoredBooks {
  readonly statements: SealedStatement[];
  readonly leaves: Map<string, SealedLeaf[]>;
  readonly salts: Map<string, Uint8Array>;
  /** Of statements before those that are compared, by customer and currency. */
  readonly before: Map<string, string>;
  /** Of the run's tree. */
  readonly levels: Hash[][];
}

/** What invoicing would have sealed in one run; `first` is the hash of what was sealed before. */
function sealedOf(lists: readonly (readonly ReplayedCharge[])[], first = ''): StoredBooks {
  const before = new Map([['ann/USD', first]]);
  const leaves = new Map<string, SealedLeaf[]>();
  const chains = new Map(before);
  const made = lists.map((list) => {
    const { tenant, customer, currency, bookingFrom, bookingTo } = list[0]!.charge;
    const [from, to] = [formatMicros(bookingFrom), formatMicros(bookingTo)];
    const named = { tenant, customer, currency, from, to };
    const ofList = list.map(leafOf);
    const statement: Statement = {
      v: 1,
      id: statementId(named),
      ...named,
      charges: list.length,
      sum: formatNanos(sumOf(list)),
      root: hex(rootOf(ofList.map(({ hash }) => Buffer.from(hash, 'hex')))),
      previous: chains.get(`${customer}/${currency}`) ?? '',
    };
    chains.set(`${customer}/${currency}`, statementHash(statement));
    leaves.set(statement.id, ofList);
    return { statement, sumNanos: sumOf(list), from: bookingFrom, to: bookingTo };
  });
  const levels = buildLevels(made.map(({ statement }) => statementLeafHash(statement)));
  const seal: RunSeal = {
    v: 1,
    run: 'run-1',
    tenant: 'acme',
    closesBefore: formatMicros(9 * DAY),
    statements: made.length,
    root: hex(levels.at(-1)![0]!),
  };
  const statements = made.map(({ statement, ...micros }, index) => ({
    ...statement,
    ...micros,
    statement: statement.id,
    canonical: canonicalJson({ ...statement }),
    hash: statementHash(statement),
    run: seal.run,
    index,
    seal,
  }));
  const salts = new Map(
    [...new Set(lists.flat().map((of) => of.charge.customer))].map((of) => [of, SALT]),
  );
  return { statements, leaves, salts, before, levels };
}

function sumOf(list: readonly ReplayedCharge[]): bigint {
  return list.reduce((sum, { charge: { amountNanos } }) => sum + amountNanos, 0n);
}

function leafOf({ generation, partition, charge: of }: ReplayedCharge, place: number): SealedLeaf {
  const { offset, index, n } = of;
  const surroundings = { generation, partition, kind: 'usage', salt: SALT } as const;
  const leaf = canonicalJson({ ...leafOfCharge(of, surroundings) });
  const hash = hex(leafHash(Buffer.from(leaf)));
  return { origin: { generation, partition, offset, index, n }, place, leaf, hash };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

function compared(stored: StoredBooks, replayed: readonly ReplayedCharge[]) {
  const { statements, leaves, salts, before, levels } = stored;
  const hashBefore = ({ customer, currency, from }: StatementPeriod) =>
    statements.findLast(
      (of) => of.customer === customer && of.currency === currency && of.from < from,
    )?.hash ??
    before.get(`${customer}/${currency}`) ??
    '';
  const books: SealedBooks = {
    statements: each(statements),
    leavesOf: ({ statement }) => each(leaves.get(statement) ?? []),
    saltOf: ({ customer }) => Promise.resolve(salts.get(customer)),
    hashBefore: (period) => Promise.resolve(hashBefore(period)),
    runPath: ({ index }) => Promise.resolve(inclusionPath(levels, index)),
  };
  return compareStatements(books, each(replayed));
}

const NEXT_DAY = { bookingFrom: DAY, bookingTo: 2 * DAY };
const THIRD_DAY = { bookingFrom: 2 * DAY, bookingTo: 3 * DAY };
const DAY_1 = [charge(1), charge(2), charge(3)];
/** One of them is late. */
const DAY_2 = [charge(4, NEXT_DAY), charge(5, { ...NEXT_DAY, usageFrom: DAY, usageTo: 2 * DAY })];
const DAY_3 = [charge(6, THIRD_DAY)];
const BEN = [charge(1, { customer: 'ben' })];
const LISTS = [DAY_1, DAY_2, DAY_3, BEN];
const ALL = LISTS.flat();
const IDENTICAL = { sealed: 4, identical: 4, differing: 0, missing: 0, first: [] };

test('the same charges make the same statements', async () => {
  expect(await compared(sealedOf(LISTS), ALL)).toEqual(IDENTICAL);
  const before = 'ab'.repeat(32);
  expect(await compared(sealedOf(LISTS, before), ALL)).toEqual(IDENTICAL);
  expect(await compared(sealedOf([DAY_1]), DAY_1)).toMatchObject({ sealed: 1, identical: 1 });
});

test('statements chain in each currency', async () => {
  const euros = DAY_1.map(({ charge: of }) => charge(Number(of.offset), { currency: 'EUR' }));
  const next = DAY_2.map(({ charge: of }) => charge(Number(of.offset), { ...of, currency: 'EUR' }));
  const lists = [euros, next, DAY_2, DAY_3];
  const found = await compared(sealedOf(lists, 'ab'.repeat(32)), lists.flat());
  expect(found).toEqual(IDENTICAL);
});

test('nothing sealed and nothing replayed', async () => {
  const none = { ...sealedOf([DAY_1]), statements: [] };
  expect(await compared(none, [])).toEqual({ ...IDENTICAL, sealed: 0, identical: 0 });
});

/** Ann's second statement, and the leaves of it. */
function second(books: StoredBooks): {
  statement: Mutable<SealedStatement>;
  leaves: Mutable<SealedLeaf>[];
} {
  const statement = books.statements[1]!;
  return { statement, leaves: books.leaves.get(statement.statement)! };
}

type Mutable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

const [FOURTH, FIFTH] = ['chg_1-3-4-0-0', 'chg_1-3-5-0-0'];

test.each<[string, (found: ReturnType<typeof second>) => void, object]>([
  [
    'a leaf',
    ({ leaves }) => (leaves[1]!.leaf = '{}'),
    { what: 'leaf', charge: FIFTH, stored: '{}', replayed: leafOf(DAY_2[1]!, 1).leaf },
  ],
  [
    'the hash of a leaf',
    ({ leaves }) => (leaves[0]!.hash = '00'),
    { what: 'leaf_hash', charge: FOURTH, stored: '00' },
  ],
  [
    'the position of a leaf',
    ({ leaves }) => (leaves[0]!.origin = { ...leaves[0]!.origin, n: 9 }),
    { what: 'position', charge: FOURTH, stored: 'chg_1-3-4-0-9', replayed: FOURTH },
  ],
  [
    'the place of a leaf',
    ({ leaves }) => (leaves[1]!.place = 7),
    { what: 'leaf', charge: FIFTH, replayed: leafOf(DAY_2[1]!, 1).leaf },
  ],
  [
    'the first leaf gone',
    ({ leaves }) => void leaves.shift(),
    { what: 'leaf', charge: FOURTH, replayed: leafOf(DAY_2[0]!, 0).leaf },
  ],
  [
    'a leaf too many at the end',
    ({ leaves }) => void leaves.push(leafOf(charge(8, NEXT_DAY), 2)),
    { what: 'leaf', charge: 'chg_1-3-8-0-0', stored: leafOf(charge(8, NEXT_DAY), 2).leaf },
  ],
  [
    'a leaf too many at the beginning',
    ({ leaves }) => void leaves.unshift(leafOf(charge(0, NEXT_DAY), 0)),
    { what: 'leaf', charge: 'chg_1-3-0-0-0', replayed: leafOf(DAY_2[0]!, 0).leaf },
  ],
  [
    'the count',
    ({ statement }) => (statement.charges = 3),
    { what: 'charges', stored: '3', replayed: '2' },
  ],
  [
    'the sum',
    ({ statement }) => (statement.sumNanos += 1n),
    { what: 'sum', stored: '0.009000001', replayed: '0.009000000' },
  ],
  ['the root', ({ statement }) => (statement.root = '00'), { what: 'root', stored: '00' }],
  ['the bytes', ({ statement }) => (statement.canonical += ' '), { what: 'bytes' }],
  ['the hash', ({ statement }) => (statement.hash = '00'), { what: 'hash', stored: '00' }],
  ['the place in the run', ({ statement }) => (statement.index = 2), { what: 'run' }],
  [
    'a place that the run does not have',
    ({ statement }) => (statement.seal = { ...statement.seal, statements: 1 }),
    { what: 'run' },
  ],
])('%s is found, and the statements around it stay what they are', async (_, change, expected) => {
  const books = sealedOf(LISTS);
  const found = second(books);
  change(found);
  const { first, ...counts } = await compared(books, ALL);
  expect(counts).toEqual({ sealed: 4, identical: 3, differing: 1, missing: 0 });
  const { id: _id, ...named } = JSON.parse(found.statement.canonical) as Statement;
  const { tenant, customer, currency, from, to } = named;
  const statement = found.statement.statement;
  expect(first).toMatchObject([{ statement, tenant, customer, currency, from, to, ...expected }]);
});

test('another charge changes its statement and, by the chain, those that come after it', async () => {
  const changed = ALL.with(1, charge(2, { amountNanos: 5n }));
  const { first, ...counts } = await compared(sealedOf(LISTS), changed);
  expect(counts).toEqual({ sealed: 4, identical: 1, differing: 3, missing: 0 });
  expect(first).toMatchObject([
    { what: 'leaf', charge: 'chg_1-3-2-0-0' },
    { what: 'bytes' },
    { what: 'bytes' },
  ]);
});

test('a statement that is not stored is missing, and what comes after it is chained on it', async () => {
  const books = sealedOf(LISTS);
  const [gone] = books.statements.splice(1, 1);
  const { first, ...counts } = await compared(books, ALL);
  expect(counts).toEqual({ sealed: 3, identical: 3, differing: 0, missing: 1 });
  const { statement, tenant, customer, currency } = gone!;
  expect(first).toEqual([
    {
      statement,
      tenant,
      customer,
      currency,
      from: formatMicros(DAY),
      to: formatMicros(2 * DAY),
      what: 'missing',
    },
  ]);
});

test('a statement of no charge differs by its first leaf, and what comes after it is chained on it', async () => {
  const { first, ...counts } = await compared(sealedOf(LISTS), [...DAY_1, ...DAY_3, ...BEN]);
  expect(counts).toEqual({ sealed: 4, identical: 3, differing: 1, missing: 0 });
  expect(first).toMatchObject([
    { what: 'leaf', charge: FOURTH, stored: leafOf(DAY_2[0]!, 0).leaf },
  ]);
});

test('a period with other bounds is another statement', async () => {
  const longer = DAY_3.map(({ charge: of }) => charge(6, { ...of, bookingTo: 4 * DAY }));
  const found = await compared(sealedOf(LISTS), [...DAY_1, ...DAY_2, ...longer, ...BEN]);
  expect(found).toMatchObject({ identical: 3, differing: 1, missing: 1 });
});

test('without the salt of a customer its statements cannot be made again, and those of others are', async () => {
  const books = sealedOf(LISTS);
  books.salts.delete('ann');
  const { first, ...counts } = await compared(books, ALL);
  expect(counts).toEqual({ sealed: 4, identical: 1, differing: 3, missing: 0 });
  expect(first.map(({ what, customer }) => [what, customer])).toEqual(
    Array.from({ length: 3 }, () => ['salt', 'ann']),
  );
});

test('the first twenty are named, and all are counted', async () => {
  const days = Array.from({ length: 25 }, (_, day) => [
    charge(day, { bookingFrom: day * DAY, bookingTo: (day + 1) * DAY }),
  ]);
  const books = sealedOf(days);
  for (const statement of books.statements as Mutable<SealedStatement>[]) statement.sumNanos += 1n;
  const found = await compared(books, days.flat());
  expect(found).toMatchObject({ sealed: 25, differing: 25 });
  expect(found.first).toHaveLength(20);
});
