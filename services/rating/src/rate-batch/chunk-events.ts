import type { LoggedEnvelope } from './logged-envelope.js';

export const KEY_BYTES = 16;
export const HASH_BYTES = 32;

/** Events of several envelopes, each by its ordinal among them; keys and body hashes one after another. */
export class ChunkEvents {
  readonly count: number;
  readonly keys: Buffer;
  readonly hashes: Buffer;
  /** `starts[i]` is the ordinal of the first event of envelope i; one more than there are envelopes. */
  readonly starts: readonly number[];
  readonly #envelopeOf: Uint16Array;

  constructor(readonly envelopes: readonly LoggedEnvelope[]) {
    const starts = [0];
    for (const { columns } of envelopes) starts.push(starts.at(-1)! + columns.count);
    this.starts = starts;
    this.count = starts.at(-1)!;
    this.keys = Buffer.concat(envelopes.map(({ columns }) => columns.keys));
    this.hashes = Buffer.concat(envelopes.map(({ columns }) => columns.bodyHashes));
    this.#envelopeOf = new Uint16Array(this.count);
    for (let at = 0; at < envelopes.length; at++) {
      this.#envelopeOf.fill(at, starts[at]!, starts[at + 1]!);
    }
  }

  envelopeOf(ordinal: number): LoggedEnvelope {
    return this.envelopes[this.#envelopeOf[ordinal]!]!;
  }

  /** The event's index in its envelope. */
  indexOf(ordinal: number): number {
    return ordinal - this.starts[this.#envelopeOf[ordinal]!]!;
  }

  tenantOf(ordinal: number): string {
    const { columns } = this.envelopeOf(ordinal);
    return columns.strings[columns.tenants[this.indexOf(ordinal)]!]!;
  }

  /** A view, not a copy. */
  keyOf(ordinal: number): Buffer {
    return this.keys.subarray(ordinal * KEY_BYTES, ordinal * KEY_BYTES + KEY_BYTES);
  }
}
