import { describe, expect, it } from 'vitest';
import { nobodyIn, reachableByOthers } from './postgres-place.js';

describe('reachableByOthers', () => {
  const modes: Record<string, number> = {
    '/': 0o755,
    '/private': 0o700,
    '/tmp': 0o1777,
    '/srv': 0o751,
    '/home': 0o750,
  };
  const modeOf = (path: string) => modes[path];

  it.each([
    ['/tmp/clone/.farthing', true],
    ['/srv/clone', true],
    ['/private/clone/.farthing', false],
    ['/home/someone', false],
    ['/', true],
  ])('%s: %s', (path, reachable) => {
    expect(reachableByOthers(path, modeOf)).toBe(reachable);
  });
});

describe('nobodyIn', () => {
  it('reads the system’s own numbers', () => {
    expect(
      nobodyIn('root:x:0:0:root:/root:/bin/sh\nnobody:x:99:98:Nobody:/:/sbin/nologin\n'),
    ).toEqual({ uid: 99, gid: 98 });
  });

  it('falls back on the usual ones', () => {
    expect(nobodyIn('root:x:0:0:root:/root:/bin/sh\n')).toEqual({ uid: 65_534, gid: 65_534 });
  });
});
