import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { MeterDimension } from '@farthing/domain/metering/meter';

/** An envelope and where the log has it. */
export interface LoggedEnvelope {
  readonly offset: bigint;
  /** When the broker appended it, in microseconds: the only clock of rating. */
  readonly appendedAt: number;
  readonly columns: EnvelopeColumns;
  /** The catalog version of the door, where `columns` were metered by another: tenants are as they were then. */
  readonly doorVersion?: number;
  /** Events that are rated as they were metered afresh, see `re-metering`. */
  readonly afresh?: EventsAfresh;
}

/** The events of an envelope once more, at the same indexes, and which of them are rated so. */
export interface EventsAfresh {
  readonly envelope: LoggedEnvelope;
  readonly has: (index: number) => boolean;
}

/** Events of an envelope that follow one another and are read from the same columns. */
export interface EnvelopePart {
  readonly envelope: LoggedEnvelope;
  readonly from: number;
  readonly to: number;
}

/** The events from one index up to another: all at once, but where some were metered afresh. */
export function partsOf(envelope: LoggedEnvelope, from: number, to: number): EnvelopePart[] {
  const { afresh } = envelope;
  if (!afresh) return [{ envelope, from, to }];
  const parts: EnvelopePart[] = [];
  for (let at = from; at < to;) {
    const start = at;
    const isAfresh = afresh.has(start);
    while (at < to && afresh.has(at) === isAfresh) at += 1;
    parts.push({ envelope: isAfresh ? afresh.envelope : envelope, from: start, to: at });
  }
  return parts;
}

/** Whatever its events may be read from. */
export function readingsOf(envelope: LoggedEnvelope): readonly LoggedEnvelope[] {
  return envelope.afresh ? [envelope, envelope.afresh.envelope] : [envelope];
}

/** The catalog version at which the log took the events, whichever they are metered by. */
export function doorVersionOf({ columns, doorVersion }: LoggedEnvelope): number {
  return doorVersion ?? columns.catalogVersion;
}

/** An event that gave no time occurred when the log took it. */
export function occurredAtOf({ columns, appendedAt }: LoggedEnvelope, index: number): number {
  const given = columns.occurredAts[index]!;
  return given === 0 ? appendedAt : given;
}

/** The value of an extracted property, or undefined when the event has none. */
export function propertyOf(
  columns: EnvelopeColumns,
  index: number,
  pointer: string,
): string | undefined {
  const end = columns.propertyStarts[index + 1]!;
  for (let at = columns.propertyStarts[index]!; at < end; at++) {
    if (columns.strings[columns.propertyPointers[at]!] === pointer) {
      return columns.strings[columns.propertyValues[at]!];
    }
  }
  return undefined;
}

/** The value of a meter's dimension, by its name. */
export function dimensionOf(
  columns: EnvelopeColumns,
  index: number,
  [dimensions, name]: readonly [readonly MeterDimension[], string],
): string | undefined {
  const found = dimensions.find((dimension) => dimension.name === name);
  return found && propertyOf(columns, index, found.pointer);
}
