import { LOG_GENERATION, MESSAGE_BYTES_MAX } from '@farthing/contracts/topics/log-generation';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import {
  RatedChargeColumns,
  type RatedChargesMark,
} from '@farthing/contracts/wire/rated-charge-columns';
import { encodeRatedFrame, type RatedFrame } from '@farthing/contracts/wire/rated-message';
import type { Charge } from '../charges/charge.js';
import type { RatedRange } from './rated-range.js';

type Echo = RatedFrame['echoes'][number];
type Hold = RatedFrame['appliedHolds'][number];

/** A position of the partition whose ranges are built. */
export interface PlaceInLog {
  readonly offset: bigint;
  readonly index: number;
}

/** Where a transaction was, to go back to with its savepoint. */
export interface RangeMark {
  readonly closed: number;
  readonly open: OpenRange;
  readonly content: ContentMark;
}

/** At most this many bytes of an echo or a hold: its texts are ids of at most 255 bytes each. */
export const ECHO_BYTES = 2_600;
const NO_CHARGES = new RatedChargeColumns();

/**
 * Cuts what a transaction makes, as it is made, into messages of at most 512 KiB, never inside one position. Together
 * they tile the positions of the transaction, however little it makes. A message is encoded as soon as it is full.
 */
export class RangeBuilder {
  readonly #closed: RatedRange[] = [];
  #open: OpenRange;

  constructor(
    readonly partition: number,
    from: PlaceInLog,
    private readonly bytesMax: number = MESSAGE_BYTES_MAX,
  ) {
    this.#open = new OpenRange(this.#positionOf(from.offset, from.index));
  }

  /** What is added from here on is of this position, and at most of so many bytes. Positions come in order. */
  enter(offset: bigint, index: number, bytesMax: number): void {
    if (this.#open.isEmpty || this.#open.bytesMax + bytesMax <= this.bytesMax) return;
    const cut = this.#positionOf(offset, index);
    this.#closed.push(this.#open.close(cut));
    this.#open = new OpenRange(cut);
  }

  addEcho(echo: Echo): void {
    this.#open.echoes.push(echo);
  }

  addHold(hold: Hold): void {
    this.#open.holds.push(hold);
  }

  addCharge(charge: Charge): void {
    this.#open.addCharge(charge);
  }

  mark(): RangeMark {
    return { closed: this.#closed.length, open: this.#open, content: this.#open.mark() };
  }

  rollbackTo({ closed, open, content }: RangeMark): void {
    this.#closed.length = closed;
    this.#open = open;
    open.truncate(content);
  }

  /** All ranges, of which the last ends before this place. */
  finish(to: PlaceInLog): RatedRange[] {
    return [...this.#closed, this.#open.close(this.#positionOf(to.offset, to.index))];
  }

  #positionOf(offset: bigint, index: number): WirePosition {
    return { generation: LOG_GENERATION, partition: this.partition, offset, index };
  }
}

interface ContentMark {
  readonly echoes: number;
  readonly holds: number;
  readonly charges: RatedChargesMark;
  readonly tenants: number;
  readonly usageMonths: number;
}

/** A message that is being filled. It stays as it is when it is closed, as a mark may lead back into it. */
class OpenRange {
  readonly echoes: Echo[] = [];
  readonly holds: Hold[] = [];
  readonly #charges = new RatedChargeColumns();
  #tenants = new Set<string>();
  #usageMonths = new Set<number>();

  constructor(readonly from: WirePosition) {}

  get isEmpty(): boolean {
    return this.#charges.count + this.echoes.length + this.holds.length === 0;
  }

  get bytesMax(): number {
    return this.#charges.bytesMax + (this.echoes.length + this.holds.length) * ECHO_BYTES;
  }

  addCharge(charge: Charge): void {
    this.#charges.add(charge);
    this.#tenants.add(charge.tenant);
    this.#usageMonths.add(charge.usageMonth);
  }

  mark(): ContentMark {
    return {
      echoes: this.echoes.length,
      holds: this.holds.length,
      charges: this.#charges.mark(),
      tenants: this.#tenants.size,
      usageMonths: this.#usageMonths.size,
    };
  }

  truncate({ echoes, holds, charges, tenants, usageMonths }: ContentMark): void {
    this.echoes.length = echoes;
    this.holds.length = holds;
    this.#charges.truncate(charges);
    // A set keeps the order in which it was filled.
    this.#tenants = new Set([...this.#tenants].slice(0, tenants));
    this.#usageMonths = new Set([...this.#usageMonths].slice(0, usageMonths));
  }

  close(to: WirePosition): RatedRange {
    const { from, echoes } = this;
    const frame: RatedFrame = { from, to, echoes, appliedHolds: this.holds };
    return {
      from,
      to,
      charges: this.#charges.count,
      tenants: [...this.#tenants],
      usageMonths: [...this.#usageMonths],
      frame: encodeRatedFrame(frame, NO_CHARGES),
      bytes: encodeRatedFrame(frame, this.#charges),
    };
  }
}
