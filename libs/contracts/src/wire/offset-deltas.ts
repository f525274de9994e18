/** The first offset as it is, then the differences. */
export function offsetDeltas(items: ReadonlyArray<{ readonly offset: bigint }>): number[] {
  let before = 0n;
  return items.map(({ offset }) => {
    const delta = Number(offset - before);
    before = offset;
    return delta;
  });
}
