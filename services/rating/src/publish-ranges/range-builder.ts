import { LOG_GENERATION, MESSAGE_BYTES_MAX } from '@farthing/contracts/topics/log-generation';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import {
  encodeRatedMessage,
  ratedChargeBytesMax,
  type RatedMessageContent,
} from '@farthing/contracts/wire/rated-message';
import type { Charge } from '../charges/charge.js';
import type { RatedRange } from './rated-range.js';

type Echo = RatedMessageContent['echoes'][number];
type Hold = RatedMessageContent['appliedHolds'][number];

/** Where a transaction was, to go back to with its savepoint. */
export interface RangeMark {
  readonly closed: number;
  readonly open: OpenRange;
  readonly place: Lengths;
}

/** At most this many bytes of an echo or a hold: its texts are ids of at most 255 bytes each. */
const ECHO_BYTES = 2_600;
const HEADER_BYTES = 256;

/**
 * Cuts what a transaction makes, as it is made, into messages of at most 512 KiB, never inside one position. Together
 * they tile the offsets of the transaction, however little it makes. A message is encoded as soon as it is full, so
 * that its charges need not outlive it in memory.
 */
export class RangeBuilder {
  readonly #closed: RatedRange[] = [];
  #open: OpenRange;

  constructor(
    readonly partition: number,
    from: bigint,
    private readonly bytesMax: number = MESSAGE_BYTES_MAX,
  ) {
    this.#open = new OpenRange(this.#positionOf(from, 0));
  }

  /** What is added comes in order of position, and of one position in any order. */
  addEcho(echo: Echo): void {
    this.#enter(echo.offset!, echo.index!);
    this.#open.addEcho(echo);
    this.#closeIfFull();
  }

  addHold(hold: Hold): void {
    this.#enter(hold.offset!, hold.index!);
    this.#open.addHold(hold);
    this.#closeIfFull();
  }

  addCharge(charge: Charge): void {
    this.#enter(charge.offset, charge.index);
    this.#open.addCharge(charge);
    this.#closeIfFull();
  }

  mark(): RangeMark {
    return { closed: this.#closed.length, open: this.#open, place: this.#open.lengths() };
  }

  rollbackTo({ closed, open, place }: RangeMark): void {
    this.#closed.length = closed;
    this.#open = open;
    open.truncate(place);
  }

  /** All ranges, of which the last ends before this offset. */
  finish(to: bigint): RatedRange[] {
    return [...this.#closed, this.#open.close(this.#positionOf(to, 0))];
  }

  #enter(offset: bigint, index: number): void {
    this.#open.enter(this.#positionOf(offset, index));
  }

  #closeIfFull(): void {
    const cut = this.#open.bytes > this.bytesMax ? this.#open.lastPlace() : undefined;
    if (!cut) return;
    const next = this.#open.splitAt(cut);
    this.#closed.push(next.before);
    this.#open = next.rest;
  }

  #positionOf(offset: bigint, index: number): WirePosition {
    return { generation: LOG_GENERATION, partition: this.partition, offset, index };
  }
}

interface Lengths {
  readonly echoes: number;
  readonly holds: number;
  readonly charges: number;
  readonly bytes: number;
}

interface Place extends Lengths {
  readonly position: WirePosition;
}

/** A message that is being filled. */
class OpenRange {
  bytes = HEADER_BYTES;
  readonly #echoes: Echo[] = [];
  readonly #holds: Hold[] = [];
  readonly #charges: Charge[] = [];
  /** Where the latest position begins. */
  #place: Place | undefined;

  constructor(readonly from: WirePosition) {}

  enter(position: WirePosition): void {
    const latest = this.#place?.position;
    if (latest && latest.offset === position.offset && latest.index === position.index) return;
    this.#place = { position, ...this.lengths() };
  }

  addEcho(echo: Echo): void {
    this.#echoes.push(echo);
    this.bytes += ECHO_BYTES;
  }

  addHold(hold: Hold): void {
    this.#holds.push(hold);
    this.bytes += ECHO_BYTES;
  }

  addCharge(charge: Charge): void {
    this.#charges.push(charge);
    this.bytes += ratedChargeBytesMax(charge);
  }

  lengths(): Lengths {
    return {
      echoes: this.#echoes.length,
      holds: this.#holds.length,
      charges: this.#charges.length,
      bytes: this.bytes,
    };
  }

  truncate({ echoes, holds, charges, bytes }: Lengths): void {
    this.#echoes.length = echoes;
    this.#holds.length = holds;
    this.#charges.length = charges;
    this.bytes = bytes;
    this.#place = undefined;
  }

  /** The latest position, if there is anything before it. */
  lastPlace(): Place | undefined {
    return this.#place && this.#place.bytes > HEADER_BYTES ? this.#place : undefined;
  }

  /** The message before a place, and the one that begins there. This one may be marked, so it stays whole. */
  splitAt(place: Place): { readonly before: RatedRange; readonly rest: OpenRange } {
    const rest = new OpenRange(place.position);
    rest.enter(place.position);
    rest.#echoes.push(...this.#echoes.slice(place.echoes));
    rest.#holds.push(...this.#holds.slice(place.holds));
    rest.#charges.push(...this.#charges.slice(place.charges));
    rest.bytes += this.bytes - place.bytes;
    return { before: this.#closeAt(place, place.position), rest };
  }

  close(to: WirePosition): RatedRange {
    return this.#closeAt(this.lengths(), to);
  }

  #closeAt({ echoes, holds, charges }: Lengths, to: WirePosition): RatedRange {
    const content: RatedMessageContent = {
      from: this.from,
      to,
      echoes: this.#echoes.slice(0, echoes),
      appliedHolds: this.#holds.slice(0, holds),
      charges: this.#charges.slice(0, charges),
    };
    const tenants = new Set<string>();
    const usageMonths = new Set<number>();
    for (let at = 0; at < charges; at++) {
      tenants.add(this.#charges[at]!.tenant);
      usageMonths.add(this.#charges[at]!.usageMonth);
    }
    return {
      from: this.from,
      to,
      charges,
      tenants: [...tenants],
      usageMonths: [...usageMonths],
      frame: encodeRatedMessage({ ...content, charges: [] }),
      bytes: encodeRatedMessage(content),
    };
  }
}
