import type pg from 'pg';
import { CURRENCY } from './tariff.js';
import type { TextbookRecord } from './textbook-record.js';

type Named = Pick<TextbookRecord, 'tenant' | 'customer' | 'source' | 'type'>;

/** The numbers that charges hold in place of names. Names are few, so the process remembers them all. */
export class TextbookNames {
  readonly #tenants: NumberedTable;
  readonly #customers: NumberedTable;
  readonly #sources: NumberedTable;
  readonly #prices: NumberedTable;

  constructor(
    pool: pg.Pool,
    private readonly priceKeys: readonly string[],
  ) {
    this.#tenants = new NumberedTable(pool, 'charge_tenants', ['tenant']);
    this.#customers = new NumberedTable(pool, 'charge_customers', ['tenant', 'customer']);
    this.#sources = new NumberedTable(pool, 'charge_sources', ['tenant', 'source', 'type']);
    // A meter of the load has one price under its own key.
    this.#prices = new NumberedTable(pool, 'charge_prices', ['tenant', 'price'], {
      version: '1',
      meter: 'price',
      currency: `'${CURRENCY}'`,
    });
  }

  /** Commits what is new before the transaction of the charges begins, so that none waits for another. */
  async learn(events: readonly Named[]): Promise<void> {
    const unknown = events.filter(
      ({ tenant, customer, source, type }) =>
        !this.#customers.knows(tenant, customer) || !this.#sources.knows(tenant, source, type),
    );
    if (unknown.length === 0) return;
    await this.#tenants.learn(unknown.map(({ tenant }) => [tenant]));
    await this.#prices.learn(
      unknown.flatMap(({ tenant }) => this.priceKeys.map((key) => [tenant, key])),
    );
    await this.#sources.learn(unknown.map(({ tenant, source, type }) => [tenant, source, type]));
    await this.#customers.learn(unknown.map(({ tenant, customer }) => [tenant, customer]));
  }

  tenant({ tenant }: Named): number {
    return this.#tenants.of(tenant);
  }

  customer({ tenant, customer }: Named): number {
    return this.#customers.of(tenant, customer);
  }

  source({ tenant, source, type }: Named): number {
    return this.#sources.of(tenant, source, type);
  }

  price({ tenant }: Named, key: string): number {
    return this.#prices.of(tenant, key);
  }
}

/** A table of names with a number each, and what the process knows of it. */
class NumberedTable {
  readonly #known = new Map<string, number>();

  constructor(
    private readonly pool: pg.Pool,
    private readonly table: string,
    /** The columns of a name, which are the table's key. */
    private readonly columns: readonly string[],
    /** Further columns, as SQL. */
    private readonly facts: Readonly<Record<string, string>> = {},
  ) {}

  knows(...name: readonly string[]): boolean {
    return this.#known.has(idOf(name));
  }

  of(...name: readonly string[]): number {
    const number = this.#known.get(idOf(name));
    if (number === undefined) throw new Error(`${this.table} was not asked for ${name.join(', ')}`);
    return number;
  }

  /** Names that are there, perhaps since another process stored them, keep their numbers. */
  async learn(names: ReadonlyArray<readonly string[]>): Promise<void> {
    const unknown = new Map(
      names.filter((name) => !this.knows(...name)).map((name) => [idOf(name), name]),
    );
    if (unknown.size === 0) return;
    // In one order for all, so that no two wait for each other.
    const sorted = [...unknown.keys()].toSorted().map((id) => unknown.get(id)!);
    const columns = this.columns.join(', ');
    const values = this.columns.map((_, at) => sorted.map((name) => name[at]!));
    const unnested = `unnest(${values.map((_, at) => `$${at + 1}::text[]`).join(', ')}) as wanted (${columns})`;
    const facts = Object.entries(this.facts);
    await this.pool.query(
      `insert into textbook.${this.table} (${[columns, ...facts.map(([name]) => name)].join(', ')})
       select ${[columns, ...facts.map(([, sql]) => sql)].join(', ')} from ${unnested}
       on conflict do nothing`,
      values,
    );
    const { rows } = await this.pool.query<Record<string, string> & { number: number }>(
      `select number, ${columns} from textbook.${this.table} join ${unnested} using (${columns})`,
      values,
    );
    for (const row of rows)
      this.#known.set(idOf(this.columns.map((column) => row[column]!)), row.number);
  }
}

/** No name has a NUL. */
function idOf(name: readonly string[]): string {
  return name.join('\u0000');
}
