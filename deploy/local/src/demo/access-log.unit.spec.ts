import { describe, expect, it } from 'vitest';
import { creatorOf, eventOfRequest, eventTypeOf, parseLogLine } from './access-log.js';
import { lastCompleteMonth } from './demo-events.js';

describe('parseLogLine', () => {
  it('reads the Common Log Format', () => {
    const line =
      'pppa006.compuserve.com - - [01/Aug/1995:06:00:00 -0400] "GET /images/a.gif HTTP/1.0" 200 1713';
    expect(parseLogLine(line)).toEqual({
      host: 'pppa006.compuserve.com',
      at: new Date('1995-08-01T10:00:00Z'),
      path: '/images/a.gif',
      status: 200,
      bytes: 1713,
    });
  });

  it('reads the Combined Log Format, a path with blanks and an unknown size', () => {
    const line =
      '10.0.0.1 - bob [29/Feb/2024:23:59:59 +0000] "GET /a b HTTP/1.1" 304 - "http://x/" "Agent 1"';
    expect(parseLogLine(line)).toMatchObject({ path: '/a b', status: 304, bytes: 0 });
  });

  it.each(['', 'not a log line', 'h - - [01/Xxx/1995:06:00:00 +0000] "GET / HTTP/1.0" 200 1'])(
    'does not read %j',
    (line) => {
      expect(parseLogLine(line)).toBeUndefined();
    },
  );
});

describe('the mapping', () => {
  it.each([
    ['/images/A.GIF', 'picture.viewed'],
    ['/a/b.mpeg', 'clip.watched'],
    ['/htbin/wais.pl', 'tool.used'],
    ['/cgi-bin/imagemap/x', 'tool.used'],
    ['/a.html?b', 'tool.used'],
    ['/a.gif?b', 'tool.used'],
    ['/cgi-bin/x.gif', 'picture.viewed'],
    ['/shuttle/', 'article.read'],
  ])('%s is %s', (path, type) => {
    expect(eventTypeOf(path)).toBe(type);
  });

  it.each([
    ['/Shuttle/missions/', 'shuttle'],
    ['/shuttle/', 'shuttle'],
    ['/shuttle', 'home'],
    ['/', 'home'],
    ['', 'home'],
  ])('%s is by %s', (path, creator) => {
    expect(creatorOf(path)).toBe(creator);
  });

  it('moves the time to the first day of the month', () => {
    const month = lastCompleteMonth(new Date('2026-01-15T00:00:00Z'));
    expect(month.name).toBe('2025-12');
    const request = parseLogLine('h - - [01/Aug/1995:06:00:04 +0000] "GET / HTTP/1.0" 200 5')!;
    const event = JSON.parse(eventOfRequest(request, 7, { month, detailed: false }).text) as Record<
      string,
      unknown
    >;
    expect(event).toMatchObject({ id: '7', subject: 'h', time: '2025-12-01T06:00:04.000Z' });
  });

  it.each([
    ['/a/b.MPG', { format: 'mpg' }],
    ['/shuttle/', { format: 'page' }],
    ['/cgi-bin/imagemap/countdown?99,176', { format: 'page', tip: '0.99' }],
    ['/cgi-bin/imagemap/countdown?105,7', { format: 'page', tip: '1.05' }],
    ['/cgi-bin/find.pl?99', { format: 'page' }],
  ])('%s tells more when asked: %j', (path, more) => {
    const month = lastCompleteMonth(new Date('2026-01-15T00:00:00Z'));
    const request = { host: 'h', at: new Date(0), path, status: 200, bytes: 5 };
    const read = (detailed: boolean) =>
      (JSON.parse(eventOfRequest(request, 1, { month, detailed }).text) as { data: object }).data;
    expect(read(true)).toEqual({ ...read(false), ...more });
  });
});
