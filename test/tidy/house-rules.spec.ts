import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Tracked files and new ones that git does not ignore, without what a tool writes. */
const files = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .stdout.split('\n')
  .filter(
    (file) => file !== '' && !/\/generated\/|^package-lock\.json$|^LICENSE$|\.gz$/.test(file),
  );

const sources = files.filter((file) => /\.(ts|mjs|cjs)$/.test(file));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Lines of files that match, as `file:line`. */
function linesThat(match: RegExp, among: readonly string[]): string[] {
  return among.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, i) => (match.test(line) ? [`${file}:${i + 1}`] : [])),
  );
}

describe('house rules', () => {
  it('sees the files of the repository', () => {
    expect(sources.length).toBeGreaterThan(100);
  });

  it('no source file is longer than 400 lines', () => {
    const long = sources.filter((file) => read(file).split('\n').length > 401);
    expect(long).toEqual([]);
  });

  it('no folder or file has a name that says nothing', () => {
    const nothing = /(^|\/)(utils?|helpers?|common|shared|misc|core|base|managers?)(\/|\.ts$)/;
    expect(files.filter((file) => nothing.test(file))).toEqual([]);
  });

  it('money never meets a float', () => {
    const money = sources.filter((file) =>
      /^libs\/domain\/src\/(money|pricing|rating|ledger|wallet|invoice)\/(?!position|charge-id|.*\.spec\.ts$)/.test(
        file,
      ),
    );
    expect(linesThat(/parseFloat|toFixed|\bNumber\(/, money)).toEqual([]);
  });

  it('no test is left out or asserts nothing', () => {
    const specs = sources.filter((file) => file.endsWith('.spec.ts'));
    const idle = /\b(it|test|describe)\.(skip|only|todo)\b|expect\(true\)/;
    expect(
      linesThat(
        idle,
        specs.filter((file) => !file.startsWith('test/tidy/')),
      ),
    ).toEqual([]);
  });

  it('nothing is left over', () => {
    const later = /\b(TODO|FIXME|HACK|XXX)\b/;
    expect(
      linesThat(
        later,
        sources.filter((file) => !file.startsWith('test/tidy/')),
      ),
    ).toEqual([]);
  });

  it('no path of one machine and no address of a registry stands in the repository', () => {
    const texts = files.filter((file) => !file.startsWith('test/tidy/') && !file.endsWith('.bin'));
    expect(linesThat(/(^|[\s'"`(=])\/(work|root|farm)\//, texts)).toEqual([]);
    const lock = read('package-lock.json');
    expect(lock).not.toContain('"resolved": "http');
  });
});
