import type { NumberedPrice } from '@farthing/domain/rating/price-book';

/** An event's source and type, which a charge row names by one number. */
export interface ChargeSource {
  readonly tenant: string;
  readonly source: string;
  readonly type: string;
}

/** Where the numbers of names are kept; each answers in the order of what it was asked. */
export interface NumberStore {
  tenants(names: readonly string[]): Promise<number[]>;
  sources(sources: readonly ChargeSource[]): Promise<number[]>;
  prices(prices: readonly NumberedPrice[]): Promise<number[]>;
}

/** No name has it. */
const UNKNOWN = 0;

/**
 * The numbers by which charge rows name what they share. Whoever rates asks for them in passing; when one was not
 * known, `learn` fetches it and the rating is done again. Names are few and each is learned once a process.
 */
export class ChargeNumbers {
  readonly #tenants = new Map<string, number>();
  readonly #sources = new Map<string, number>();
  readonly #missingTenants = new Set<string>();
  readonly #missingSources = new Map<string, ChargeSource>();
  readonly #missingPrices = new Set<NumberedPrice>();

  constructor(private readonly store: NumberStore) {}

  tenant(tenant: string): number {
    const number = this.#tenants.get(tenant);
    if (number === undefined) this.#missingTenants.add(tenant);
    return number ?? UNKNOWN;
  }

  source(source: ChargeSource): number {
    const id = idOf(source);
    const number = this.#sources.get(id);
    if (number === undefined) this.#missingSources.set(id, source);
    return number ?? UNKNOWN;
  }

  price(price: NumberedPrice): number {
    if (price.number === UNKNOWN) this.#missingPrices.add(price);
    return price.number;
  }

  get areMissing(): boolean {
    return this.#missingTenants.size + this.#missingSources.size + this.#missingPrices.size > 0;
  }

  /** Makes known what was asked for in vain. */
  async learn(): Promise<void> {
    const tenants = [...this.#missingTenants];
    const sources = [...this.#missingSources.values()];
    const prices = [...this.#missingPrices];
    this.#missingTenants.clear();
    this.#missingSources.clear();
    this.#missingPrices.clear();
    const tenantNumbers = await this.store.tenants(tenants);
    tenants.forEach((tenant, at) => this.#tenants.set(tenant, tenantNumbers[at]!));
    const sourceNumbers = await this.store.sources(sources);
    sources.forEach((source, at) => this.#sources.set(idOf(source), sourceNumbers[at]!));
    const priceNumbers = await this.store.prices(prices);
    prices.forEach((price, at) => (price.number = priceNumbers[at]!));
  }
}

function idOf({ tenant, source, type }: ChargeSource): string {
  return `${tenant}\u0000${source}\u0000${type}`;
}
