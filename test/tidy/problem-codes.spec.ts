import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A table in the sources whose names are codes: `export const REFUSALS = {` at the start of a line, up to `}`. */
const TABLE = /^(?:export )?const (?:\w*REFUSALS|EVENT_REJECTIONS|DETAILS)\b[^=]*= \{\n(.*?)^\}/gms;
const NAME = /^ {2}(\w+):/gm;

function* sourcesIn(folder: string): Generator<string> {
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    const isSource = name.endsWith('.ts') && !name.endsWith('.spec.ts');
    if (isSource) yield readFileSync(join(root, folder, name), 'utf8');
  }
}

/** What the services answer with, from their own tables and from what all of them share. */
function codesInSources(): Set<string> {
  const codes = new Set<string>();
  for (const service of readdirSync(join(root, 'services'))) {
    for (const text of sourcesIn(`services/${service}/src`)) {
      for (const [, table] of text.matchAll(TABLE)) {
        for (const [, name] of table!.matchAll(NAME)) codes.add(name!);
      }
    }
  }
  for (const text of sourcesIn('libs/adapters/src/http')) {
    for (const [, code] of text.matchAll(/\bcode: '(\w+)'/g)) codes.add(code!);
    for (const [, code] of text.matchAll(/^ {2}\d{3}: '(\w+)'/gm)) codes.add(code!);
  }
  return codes;
}

/** The rows of docs/problems.md: code and sentence. */
function documented(): Map<string, string> {
  const text = readFileSync(join(root, 'docs/problems.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)` *\|[^|]*\| (.*?) *\|$/gm);
  return new Map([...rows].map(([, code, sentence]) => [code!, sentence!]));
}

describe('the codes of refusals', () => {
  it('are all documented, and none that is not there', () => {
    expect([...documented().keys()].toSorted()).toEqual([...codesInSources()].toSorted());
  });

  it('have a sentence each', () => {
    for (const [code, sentence] of documented()) {
      expect(sentence.length, code).toBeGreaterThan(15);
    }
  });
});
