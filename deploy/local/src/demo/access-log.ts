import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { DemoEvent, DemoMonth } from './demo-events.js';

/** One request of a web server's log. */
export interface LogRequest {
  readonly host: string;
  readonly at: Date;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

/** Common Log Format; Combined has two quoted fields more, which are passed over. */
const LINE =
  /^(\S+) \S+ .*?\[(\d{2})\/(\w{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\] "(?:[A-Z]+ )?(.*?)(?: HTTP\/[\d.]+)?" (\d{3}) (\d+|-)(?: .*)?$/;

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const PICTURES = new Set(['gif', 'xbm', 'jpg', 'jpeg']);
const CLIPS = new Set(['mpg', 'mpeg', 'avi', 'mov', 'wav', 'au']);

/** Undefined when the line is not one of the format. */
export function parseLogLine(line: string): LogRequest | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, host, day, monthName, year, hour, minute, second, sign, zoneHours, zoneMinutes] = match;
  const month = MONTHS.indexOf(monthName!);
  if (month < 0) return undefined;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  const wall = Date.UTC(+year!, month, +day!, +hour!, +minute!, +second!);
  return {
    host: host!,
    at: new Date(wall - zone * 60_000),
    path: match[11]!,
    status: Number(match[12]),
    bytes: match[13] === '-' ? 0 : Number(match[13]),
  };
}

/** The CloudEvents type by the path's file name, the rows being tried in this order. */
export function eventTypeOf(path: string): string {
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase();
  if (PICTURES.has(extension)) return 'picture.viewed';
  if (CLIPS.has(extension)) return 'clip.watched';
  if (extension === 'pl' || path.includes('?') || path.includes('/cgi-bin/')) return 'tool.used';
  return 'article.read';
}

/** The first segment of the path when a second one follows it (a trailing `/` counts), else `home`. */
export function creatorOf(path: string): string {
  const segment = /^\/([^/]+)\//.exec(path)?.[1];
  return segment?.toLowerCase() ?? 'home';
}

/** How requests become events. */
export interface LogReading {
  /** Their times are moved to its first day. */
  readonly month: DemoMonth;
  /** Whether an event also says its format and, where there is one, its tip. */
  readonly detailed: boolean;
}

/** A request as a usage event. */
export function eventOfRequest(
  request: LogRequest,
  lineNumber: number,
  { month, detailed }: LogReading,
): DemoEvent {
  const time = `${month.from.toISOString().slice(0, 10)}${request.at.toISOString().slice(10)}`;
  const { host, path, bytes, status } = request;
  const event = {
    specversion: '1.0',
    id: String(lineNumber),
    source: 'ksc-www',
    type: eventTypeOf(path),
    subject: host,
    time,
    datacontenttype: 'application/json',
    data: {
      path,
      bytes,
      status,
      creator: creatorOf(path),
      ...(detailed ? detailsOf(path) : {}),
    },
  };
  return { subject: host, text: JSON.stringify(event) };
}

/**
 * The format is the extension of the file in lower case, else `page`. Who clicked on a map, at `?x,y`, tips x cents.
 */
function detailsOf(path: string): { readonly format: string; readonly tip?: string } {
  const format = /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase() ?? 'page';
  const cents = /\?(\d{1,3}),\d+$/.exec(path)?.[1];
  if (cents === undefined) return { format };
  return { format, tip: `${Math.floor(+cents / 100)}.${String(+cents % 100).padStart(2, '0')}` };
}

/**
 * The events of a log file, gzip or plain, in its order. A line that is not of the format goes out as it is, so
 * that the door refuses it and says why.
 */
export async function* readAccessLog(path: string, reading: LogReading): AsyncGenerator<DemoEvent> {
  const raw = createReadStream(path);
  const input = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  let lineNumber = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const request = parseLogLine(line);
    yield request ? eventOfRequest(request, lineNumber, reading) : { subject: '', text: line };
  }
}
