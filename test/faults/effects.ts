/** What became of things that should each have had one effect. */
export interface Effects {
  readonly expected: number;
  /** Without any effect. */
  readonly lost: number;
  /** Effects beyond the first of their thing. */
  readonly duplicated: number;
  /** Effects of nothing that was sent. */
  readonly invented: number;
}

/** The judge of Farthing and of the planted consumer alike. */
export function effectsOf(expected: ReadonlySet<string>, found: readonly string[]): Effects {
  const seen = new Set(found);
  const lost = [...expected].filter((thing) => !seen.has(thing)).length;
  const invented = [...seen].filter((thing) => !expected.has(thing)).length;
  return { expected: expected.size, lost, duplicated: found.length - seen.size, invented };
}
