/** The identity of a record, or of an event in its envelope, in `usage.accepted.v1`. */
export interface Position {
  readonly generation: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly index: number;
}

/** Half-open: `from` is in it, `to` is not. Both lie in one partition of one generation. */
export interface Range {
  readonly from: Position;
  readonly to: Position;
}

const TEXT = /^(0|[1-9]\d{0,9})-(0|[1-9]\d{0,9})-(0|[1-9]\d{0,18})-(0|[1-9]\d{0,9})$/;

/** Negative, zero or positive, by generation, partition, offset, index. */
export function comparePositions(a: Position, b: Position): number {
  if (a.generation !== b.generation) return a.generation - b.generation;
  if (a.partition !== b.partition) return a.partition - b.partition;
  if (a.offset !== b.offset) return a.offset < b.offset ? -1 : 1;
  return a.index - b.index;
}

/** Where the next record begins: after an offset's last index comes (offset + 1, 0). */
export function nextOffset(position: Position): Position {
  return { ...position, offset: position.offset + 1n, index: 0 };
}

export function isInRange(position: Position, range: Range): boolean {
  return comparePositions(position, range.from) >= 0 && comparePositions(position, range.to) < 0;
}

/** `g-p-o-i`. */
export function formatPosition(position: Position): string {
  const { generation, partition, offset, index } = position;
  return `${generation}-${partition}-${offset}-${index}`;
}

/** Undefined for text that `formatPosition` does not write. */
export function parsePosition(text: string): Position | undefined {
  const match = TEXT.exec(text);
  if (!match) return undefined;
  return {
    generation: Number(match[1]),
    partition: Number(match[2]),
    offset: BigInt(match[3] ?? ''),
    index: Number(match[4]),
  };
}
