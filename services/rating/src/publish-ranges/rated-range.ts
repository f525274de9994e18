import { LOG_GENERATION, MESSAGE_BYTES_MAX } from '@farthing/contracts/topics/log-generation';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import { ratedChargeBytesMax, type RatedMessageContent } from '@farthing/contracts/wire/rated-message';
import type { Charge, Effects } from '../rate-batch/effects.js';

/** One rated message: what it says, and by which keys its charges are found again. */
export interface RatedRange {
  readonly content: RatedMessageContent;
  readonly tenants: readonly string[];
  readonly usageMonths: readonly number[];
}

/** Half-open, in offsets of one partition. */
export interface OffsetSpan {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

type Echo = RatedMessageContent['echoes'][number];
type Hold = RatedMessageContent['appliedHolds'][number];

/** At most this many bytes of an echo or a hold besides its texts, which are ids and at most 255 bytes each. */
const ECHO_BYTES = 2_600;
const HEADER_BYTES = 256;

/**
 * Cuts what a transaction made of a span into messages of at most 512 KiB, never inside one position. Together they
 * tile the span, however little it made.
 */
export function rangesOf(
  span: OffsetSpan,
  effects: readonly Effects[],
  bytesMax: number = MESSAGE_BYTES_MAX,
): RatedRange[] {
  const ranges: RatedRange[] = [];
  let open = new OpenRange(positionOf(span.partition, span.from, 0));
  for (const group of groupsOf(effects)) {
    if (open.bytes + group.bytes > bytesMax && open.bytes > HEADER_BYTES) {
      const cut = positionOf(span.partition, group.offset, group.index);
      ranges.push(open.close(cut));
      open = new OpenRange(cut);
    }
    open.add(group);
  }
  ranges.push(open.close(positionOf(span.partition, span.to, 0)));
  return ranges;
}

/** All that one position made. */
interface Group {
  readonly offset: bigint;
  readonly index: number;
  readonly echoes: readonly Echo[];
  readonly holds: readonly Hold[];
  readonly charges: readonly Charge[];
  readonly bytes: number;
}

class OpenRange {
  bytes = HEADER_BYTES;
  readonly #echoes: Echo[] = [];
  readonly #holds: Hold[] = [];
  readonly #charges: Charge[] = [];

  constructor(private readonly from: WirePosition) {}

  add(group: Group): void {
    this.bytes += group.bytes;
    this.#echoes.push(...group.echoes);
    this.#holds.push(...group.holds);
    this.#charges.push(...group.charges);
  }

  close(to: WirePosition): RatedRange {
    const tenants = new Set<string>();
    const usageMonths = new Set<number>();
    for (const { tenant, usageMonth } of this.#charges) {
      tenants.add(tenant);
      usageMonths.add(usageMonth);
    }
    return {
      content: {
        from: this.from,
        to,
        echoes: this.#echoes,
        appliedHolds: this.#holds,
        charges: this.#charges,
      },
      tenants: [...tenants],
      usageMonths: [...usageMonths],
    };
  }
}

/** Echoes, holds and charges are each in order of position; this walks all three at once. */
function* groupsOf(effects: readonly Effects[]): Generator<Group> {
  for (const { echoes, appliedHolds, charges } of effects) {
    const at = { echo: 0, hold: 0, charge: 0 };
    for (;;) {
      const next = earliest(echoes[at.echo], appliedHolds[at.hold], charges[at.charge]);
      if (!next) break;
      const group = {
        offset: BigInt(next.offset!),
        index: next.index!,
        echoes: takeAt(echoes, at.echo, next),
        holds: takeAt(appliedHolds, at.hold, next),
        charges: takeAt(charges, at.charge, next),
      };
      at.echo += group.echoes.length;
      at.hold += group.holds.length;
      at.charge += group.charges.length;
      let bytes = (group.echoes.length + group.holds.length) * ECHO_BYTES;
      for (const charge of group.charges) bytes += ratedChargeBytesMax(charge);
      yield { ...group, bytes };
    }
  }
}

interface Placed {
  readonly offset?: bigint;
  readonly index?: number;
}

function earliest(...places: ReadonlyArray<Placed | undefined>): Placed | undefined {
  let first: Placed | undefined;
  for (const place of places) {
    if (place && (!first || isBefore(place, first))) first = place;
  }
  return first;
}

function isBefore(a: Placed, b: Placed): boolean {
  return a.offset === b.offset ? a.index! < b.index! : a.offset! < b.offset!;
}

function takeAt<T extends Placed>(all: readonly T[], start: number, place: Placed): T[] {
  const taken: T[] = [];
  for (let at = start; at < all.length; at++) {
    const one = all[at]!;
    if (one.offset !== place.offset || one.index !== place.index) break;
    taken.push(one);
  }
  return taken;
}

function positionOf(partition: number, offset: bigint, index: number): WirePosition {
  return { generation: LOG_GENERATION, partition, offset, index };
}
