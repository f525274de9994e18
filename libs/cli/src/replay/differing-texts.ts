export interface DifferingText {
  /** Of a member of two JSON objects; absent for the texts as a whole. */
  readonly name?: string;
  readonly stored?: string | undefined;
  readonly replayed?: string | undefined;
}

/**
 * The members that differ, of two texts that are JSON objects, in the order of their names; otherwise the texts. So of
 * two leaves nobody has to look for what is not the same.
 */
export function differingTexts(both: Omit<DifferingText, 'name'>): DifferingText[] {
  const stored = membersOf(both.stored);
  const replayed = membersOf(both.replayed);
  const names = [...new Set([...stored.keys(), ...replayed.keys()])].toSorted();
  const members = names
    .filter((name) => stored.get(name) !== replayed.get(name))
    .map((name) => ({ name, stored: stored.get(name), replayed: replayed.get(name) }));
  const isOfBoth = stored.size > 0 && replayed.size > 0 && members.length > 0;
  return isOfBoth ? members : [{ stored: both.stored, replayed: both.replayed }];
}

/** As JSON, a string without its quotes; none of a text that is no object. */
function membersOf(text: string | undefined): Map<string, string> {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return new Map();
  return new Map(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'string' ? member : JSON.stringify(member),
    ]),
  );
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
