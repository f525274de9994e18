/** The first offset as it is, then the differences. */
export function offsetDeltas(offsets: readonly bigint[]): number[] {
  let before = 0n;
  return offsets.map((offset) => {
    if (offset === before) return 0;
    const delta = Number(offset - before);
    before = offset;
    return delta;
  });
}
