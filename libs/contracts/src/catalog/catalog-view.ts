import type { Meter } from '@farthing/domain/metering/meter';
import type { Price } from '@farthing/domain/pricing/price';
import type { CatalogEntry } from './catalog-message.js';
import type { ApiKey, Plan, PublishedKey, Tenant } from './catalog-things.js';

/**
 * All versions of everything in `catalog.v1`, as read so far. A reader that works for an event looks up by the
 * event's catalog version, so an event accepted at 150 is rated by 150 even when 200 was read.
 */
export class CatalogView {
  #version = 0;
  readonly #tenants = new History<Tenant>();
  readonly #meters = new History<Meter>();
  readonly #plans = new History<Plan>();
  readonly #signingKeys = new History<PublishedKey>();
  readonly #prices = new Map<string, Array<Dated<Price>>>();
  readonly #priceKeys = new Map<string, Set<string>>();
  readonly #planKeys = new Map<string, Set<string>>();
  /** Tenants. */
  readonly #sellUnlocks = new Set<string>();
  readonly #countUnique = new Set<string>();
  readonly #apiKeys = new Map<string, ApiKey>();
  readonly #meterKeysOfType = new Map<string, Set<string>>();
  /** Answers of `metersOfType`, by type and then by catalog version. */
  readonly #metersOfType = new Map<string, Map<number, readonly Meter[]>>();

  /** The highest catalog version read; versions are dense from 1. */
  get version(): number {
    return this.#version;
  }

  /** Takes the next entry; one that was read before changes nothing. Throws on a gap. */
  apply({ catalogVersion, thing }: CatalogEntry): void {
    if (catalogVersion <= this.#version) return;
    if (catalogVersion !== this.#version + 1) {
      throw new Error(`catalog version ${catalogVersion} follows ${this.#version}: a gap`);
    }
    this.#version = catalogVersion;
    switch (thing.kind) {
      case 'tenant':
        this.#tenants.add(thing.tenant.id, catalogVersion, thing.tenant);
        return;
      case 'apiKey':
        this.#apiKeys.set(thing.apiKey.sha256, thing.apiKey);
        return;
      case 'meter':
        this.#addMeter(thing.meter, catalogVersion);
        return;
      case 'price': {
        const { tenant, key, model } = thing.price;
        const id = idOf(tenant, key);
        const versions = this.#prices.get(id) ?? [];
        versions.push({ since: catalogVersion, value: thing.price });
        this.#prices.set(id, versions);
        const keys = this.#priceKeys.get(tenant) ?? new Set<string>();
        this.#priceKeys.set(tenant, keys.add(key));
        if (model.kind === 'unlock') this.#sellUnlocks.add(tenant);
        return;
      }
      case 'plan': {
        const { tenant, key } = thing.plan;
        this.#plans.add(idOf(tenant, key), catalogVersion, thing.plan);
        const keys = this.#planKeys.get(tenant) ?? new Set<string>();
        this.#planKeys.set(tenant, keys.add(key));
        return;
      }
      case 'signingKey':
        this.#signingKeys.add(thing.signingKey.id, catalogVersion, thing.signingKey);
    }
  }

  tenantAt(id: string, catalogVersion: number): Tenant | undefined {
    return this.#tenants.at(id, catalogVersion);
  }

  /** Every tenant in its latest version. */
  tenants(): Tenant[] {
    return this.#tenants.latest();
  }

  meterAt(tenant: string, key: string, catalogVersion: number): Meter | undefined {
    return this.#meters.at(idOf(tenant, key), catalogVersion);
  }

  /** The meters that count a type, in byte order of their keys. */
  metersOfType(tenant: string, type: string, catalogVersion: number): readonly Meter[] {
    const id = idOf(tenant, type);
    const keys = this.#meterKeysOfType.get(id);
    if (!keys) return [];
    let answers = this.#metersOfType.get(id);
    if (!answers) this.#metersOfType.set(id, (answers = new Map<number, readonly Meter[]>()));
    const known = answers.get(catalogVersion);
    if (known) return known;
    const meters = [...keys]
      .toSorted()
      .map((key) => this.meterAt(tenant, key, catalogVersion))
      .filter((meter): meter is Meter => meter?.eventTypes.includes(type) ?? false);
    answers.set(catalogVersion, meters);
    return meters;
  }

  planAt(tenant: string, key: string, catalogVersion: number): Plan | undefined {
    return this.#plans.at(idOf(tenant, key), catalogVersion);
  }

  /** A tenant's plans, in byte order of their keys. */
  plansAt(tenant: string, catalogVersion: number): Plan[] {
    return [...(this.#planKeys.get(tenant) ?? [])]
      .toSorted()
      .flatMap((key) => this.planAt(tenant, key, catalogVersion) ?? []);
  }

  /** All versions of a price key that were known, oldest first. */
  priceVersionsAt(tenant: string, key: string, catalogVersion: number): Price[] {
    const versions = this.#prices.get(idOf(tenant, key)) ?? [];
    return versions.filter(({ since }) => since <= catalogVersion).map(({ value }) => value);
  }

  /** One version of a price. */
  price(tenant: string, key: string, version: number): Price | undefined {
    const versions = this.#prices.get(idOf(tenant, key)) ?? [];
    return versions.find(({ value }) => value.version === version)?.value;
  }

  /** All price keys of a tenant in byte order. */
  priceKeysAt(tenant: string, catalogVersion: number): string[] {
    return [...(this.#priceKeys.get(tenant) ?? [])]
      .filter((key) => this.priceVersionsAt(tenant, key, catalogVersion).length > 0)
      .toSorted();
  }

  /** The public half of a service's key. */
  signingKeyAt(keyId: string, catalogVersion: number): PublishedKey | undefined {
    return this.#signingKeys.at(keyId, catalogVersion);
  }

  /** Whether any price of the tenant, of any version, is an unlock. */
  sellsUnlocks(tenant: string): boolean {
    return this.#sellUnlocks.has(tenant);
  }

  /** Whether any meter of the tenant, of any version, counts distinct values. */
  countsUnique(tenant: string): boolean {
    return this.#countUnique.has(tenant);
  }

  /** The key of this hash in its latest version, revoked or not. */
  apiKeyBySha256(sha256: string): ApiKey | undefined {
    return this.#apiKeys.get(sha256);
  }

  #addMeter(meter: Meter, catalogVersion: number): void {
    this.#meters.add(idOf(meter.tenant, meter.key), catalogVersion, meter);
    if (meter.aggregation === 'unique') this.#countUnique.add(meter.tenant);
    for (const type of meter.eventTypes) {
      const id = idOf(meter.tenant, type);
      const keys = this.#meterKeysOfType.get(id) ?? new Set<string>();
      this.#meterKeysOfType.set(id, keys.add(meter.key));
    }
  }
}

interface Dated<T> {
  readonly since: number;
  readonly value: T;
}

/** Versions of things by id, each since a catalog version. */
class History<T> {
  readonly #versions = new Map<string, Array<Dated<T>>>();

  add(id: string, since: number, value: T): void {
    const versions = this.#versions.get(id) ?? [];
    versions.push({ since, value });
    this.#versions.set(id, versions);
  }

  at(id: string, catalogVersion: number): T | undefined {
    return this.#versions.get(id)?.findLast(({ since }) => since <= catalogVersion)?.value;
  }

  latest(): T[] {
    return [...this.#versions.values()].map((versions) => versions.at(-1)!.value);
  }
}

function idOf(tenant: string, key: string): string {
  return `${tenant}\u0000${key}`;
}
