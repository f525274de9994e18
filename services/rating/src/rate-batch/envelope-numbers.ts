import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { ChargeNumbers } from '../charges/charge-numbers.js';

/** The numbers of what an envelope's events name, each looked up once an envelope. */
export class EnvelopeNumbers {
  readonly #tenants: Int32Array;
  readonly #sources = new Map<number, number>();
  /** Events that follow one another mostly have one source and type. */
  #last = { triple: -1, number: 0 };

  constructor(
    private readonly columns: EnvelopeColumns,
    private readonly numbers: ChargeNumbers,
  ) {
    this.#tenants = new Int32Array(columns.strings.length);
  }

  tenantOf(index: number): number {
    const at = this.columns.tenants[index]!;
    let number = this.#tenants[at]!;
    if (number === 0) {
      number = this.numbers.tenant(this.columns.strings[at]!);
      this.#tenants[at] = number;
    }
    return number;
  }

  sourceOf(index: number): number {
    const { tenants, sources, types, strings } = this.columns;
    // Three indexes make one number below 2^53, as a dictionary has far fewer than 2^17 strings.
    const triple =
      (tenants[index]! * strings.length + sources[index]!) * strings.length + types[index]!;
    if (this.#last.triple !== triple) this.#last = { triple, number: this.#lookUp(triple, index) };
    return this.#last.number;
  }

  #lookUp(triple: number, index: number): number {
    const known = this.#sources.get(triple);
    if (known !== undefined) return known;
    const { tenants, sources, types, strings } = this.columns;
    const number = this.numbers.source({
      tenant: strings[tenants[index]!]!,
      source: strings[sources[index]!]!,
      type: strings[types[index]!]!,
    });
    this.#sources.set(triple, number);
    return number;
  }
}
