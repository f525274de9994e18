import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { MeterDimension } from '@farthing/domain/metering/meter';

/** An envelope and where the log has it. */
export interface LoggedEnvelope {
  readonly offset: bigint;
  /** When the broker appended it, in microseconds: the only clock of rating. */
  readonly appendedAt: number;
  readonly columns: EnvelopeColumns;
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
