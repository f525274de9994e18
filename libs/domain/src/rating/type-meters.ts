import { parseJsonPointer, type JsonPointer } from '../metering/json-pointer.js';
import { compileMeter, type CompiledMeter, type Meter } from '../metering/meter.js';
import type { Price } from '../pricing/price.js';

/** What of the catalog meters are looked up in. */
export interface MeterCatalog {
  /** The highest catalog version read. */
  readonly version: number;
  metersOfType(tenant: string, type: string, catalogVersion: number): readonly Meter[];
  priceKeysAt(tenant: string, catalogVersion: number): readonly string[];
  priceVersionsAt(tenant: string, key: string, catalogVersion: number): readonly Price[];
}

/** A property that rating will ask for. */
export interface NamedProperty {
  readonly pointer: string;
  readonly tokens: JsonPointer;
}

/** The meters of one type at one catalog version, ready to read events. */
export interface TypeMeters {
  readonly meters: readonly CompiledMeter[];
  /** By meter key: what its dimensions and the splits of its prices name, and the value that it tells apart. */
  readonly extracted: ReadonlyMap<string, readonly NamedProperty[]>;
  /** Every pointer that any of the meters, or a price of theirs, looks at. */
  readonly lookedAt: readonly string[];
}

/** What the catalog as read says of types, each worked out once. */
export class MeterBook {
  #version = -1;
  readonly #byTenant = new Map<string, Map<string, TypeMeters>>();

  constructor(private readonly view: MeterCatalog) {}

  /** The catalog version by which it answers now; a later call may answer by a later one. */
  get catalogVersion(): number {
    return this.view.version;
  }

  /** Undefined when no meter counts the type. */
  metersOf(tenant: string, type: string): TypeMeters | undefined {
    if (this.#version !== this.view.version) {
      this.#byTenant.clear();
      this.#version = this.view.version;
    }
    const byType = this.#byTenant.get(tenant);
    const known = byType?.get(type);
    if (known) return known;
    const meters = this.view.metersOfType(tenant, type, this.#version);
    // Nothing is kept of unknown types: anybody can invent them.
    if (meters.length === 0) return undefined;
    const made = this.#make(tenant, meters);
    if (byType) byType.set(type, made);
    else this.#byTenant.set(tenant, new Map([[type, made]]));
    return made;
  }

  #make(tenant: string, meters: readonly Meter[]): TypeMeters {
    const splits = this.#splitPointers(tenant);
    const extracted = new Map<string, readonly NamedProperty[]>();
    const lookedAt = new Set<string>();
    for (const meter of meters) {
      const pointers = new Set(meter.dimensions.map(({ pointer }) => pointer));
      for (const pointer of splits.get(meter.key) ?? []) pointers.add(pointer);
      if (meter.aggregation === 'unique') pointers.add(meter.valuePointer!);
      extracted.set(meter.key, [...pointers].map(namedProperty));
      for (const pointer of pointers) lookedAt.add(pointer);
      for (const { pointer } of meter.filter) lookedAt.add(pointer);
      if (meter.valuePointer !== undefined) lookedAt.add(meter.valuePointer);
    }
    return { meters: meters.map(compileMeter), extracted, lookedAt: [...lookedAt] };
  }

  /** By meter key, over all versions of its prices: which of them applies is decided by rating. */
  #splitPointers(tenant: string): Map<string, Set<string>> {
    const pointers = new Map<string, Set<string>>();
    for (const key of this.view.priceKeysAt(tenant, this.#version)) {
      for (const price of this.view.priceVersionsAt(tenant, key, this.#version)) {
        for (const { creator } of price.split) {
          if (creator.kind === 'fixed') continue;
          const known = pointers.get(price.meterKey) ?? new Set<string>();
          pointers.set(price.meterKey, known.add(creator.property));
        }
      }
    }
    return pointers;
  }
}

function namedProperty(pointer: string): NamedProperty {
  const tokens = parseJsonPointer(pointer);
  if (!tokens) throw new Error(`the catalog has a price that names ${pointer}, no JSON pointer`);
  return { pointer, tokens };
}
