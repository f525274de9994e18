import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Amounts in units of 10^-9 of a dollar. */
export interface MagazineFigures {
  readonly amounts: Readonly<Record<string, bigint>>;
  readonly customers: ReadonlyMap<string, bigint>;
  readonly total: bigint;
}

const DOLLAR = 1_000_000_000n;
const MILLI = DOLLAR / 1_000n;

/** What one reader used within the day. */
interface Reader {
  articles: bigint;
  pictures: bigint;
  bytes: bigint;
  readonly clips: Map<string, bigint>;
  /** Of its articles. */
  readonly sections: Set<string>;
  /** In cents, one by one. */
  readonly tips: bigint[];
}

/**
 * What the tariff `magazine` comes to over an access log: worked out from its descriptions, word by word, and from
 * the lines of the log. Nothing of Farthing's pricing has a part in it.
 */
export function magazineFigures(logFile: string): MagazineFigures {
  const readers = readLog(logFile);
  const amounts: Record<string, bigint> = {};
  const customers = new Map<string, bigint>();
  let total = 0n;
  for (const [host, reader] of readers) {
    let owed = 0n;
    for (const [price, amount] of Object.entries(costsOf(reader))) {
      amounts[price] = (amounts[price] ?? 0n) + amount;
      owed += amount;
    }
    customers.set(host, owed);
    total += owed;
  }
  return { amounts, customers, total };
}

function costsOf({
  articles,
  pictures,
  bytes,
  clips,
  sections,
  tips,
}: Reader): Record<string, bigint> {
  return {
    // "all of them at 0.002 up to 10, at 0.0015 up to 50, at 0.001 above"
    articles:
      articles <= 10n
        ? articles * 2n * MILLI
        : articles <= 50n
          ? (articles * 15n * MILLI) / 10n
          : articles * MILLI,
    // "every 25 begun at 0.002"
    pictures: ((pictures + 24n) / 25n) * 2n * MILLI,
    // "mpg at 0.05, wav at 0.02, any other at 0.03"
    clips: [...clips].reduce(
      (sum, [format, n]) =>
        sum + n * (format === 'mpg' ? 50n : format === 'wav' ? 20n : 30n) * MILLI,
      0n,
    ),
    // "a section at 0.01 when its first article is read, and never again"
    sections: BigInt(sections.size) * 10n * MILLI,
    // "a tip, as given: 0.01 to 10"
    tips: tips.reduce((sum, cents) => sum + cents * 10n * MILLI, 0n),
    // "5 % of each tip and 0.01, at least 0.015"
    'tip-fees': tips.reduce((sum, cents) => {
      const fee = (cents * 10n * MILLI * 5n) / 100n + 10n * MILLI;
      return sum + (fee < 15n * MILLI ? 15n * MILLI : fee);
    }, 0n),
    // "a byte at 0.00000001: the first million free, never more than 0.05"
    traffic: least(bytes > 1_000_000n ? (bytes - 1_000_000n) * 10n : 0n, 50n * MILLI),
  };
}

function readLog(logFile: string): Map<string, Reader> {
  const raw = readFileSync(logFile);
  const log = (logFile.endsWith('.gz') ? gunzipSync(raw) : raw).toString('latin1');
  const readers = new Map<string, Reader>();
  for (const line of log.split('\n')) {
    if (line.trim() === '') continue;
    const host = line.slice(0, line.indexOf(' '));
    const rest = line.slice(line.indexOf('"') + 1);
    const request = rest.slice(0, rest.lastIndexOf('"'));
    const [status, size = '0'] = rest
      .slice(rest.lastIndexOf('"') + 1)
      .trim()
      .split(' ');
    const path = request.replace(/^[A-Z]+ /, '').replace(/ HTTP\/[\d.]+$/, '');
    // A click on a map is a tip, whatever the server answered; all else must have been served.
    const clicked = path.split('?')[1]?.split(',') ?? [];
    const isTip = clicked.length === 2 && clicked.every((text) => /^\d+$/.test(text));
    if (status !== '200' && !isTip) continue;
    let reader = readers.get(host);
    if (!reader) {
      reader = {
        articles: 0n,
        pictures: 0n,
        bytes: 0n,
        clips: new Map(),
        sections: new Set(),
        tips: [],
      };
      readers.set(host, reader);
    }
    if (isTip) reader.tips.push(BigInt(clicked[0]!));
    if (status !== '200') continue;
    reader.bytes += size === '-' ? 0n : BigInt(size);
    use(reader, path);
  }
  return readers;
}

/** By the extension of what the path names: a picture, a clip, a tool (which is free), or else an article. */
function use(reader: Reader, path: string): void {
  const file = path.split('/').at(-1)!;
  const extension = file.includes('.') ? file.split('.').at(-1)!.toLowerCase() : '';
  if (['gif', 'xbm', 'jpg', 'jpeg'].includes(extension)) reader.pictures += 1n;
  else if (['mpg', 'mpeg', 'avi', 'mov', 'wav', 'au'].includes(extension)) {
    reader.clips.set(extension, (reader.clips.get(extension) ?? 0n) + 1n);
  } else if (extension !== 'pl' && !path.includes('?') && !path.includes('/cgi-bin/')) {
    reader.articles += 1n;
    const [, first, second] = path.split('/');
    reader.sections.add(second === undefined ? 'home' : first!.toLowerCase());
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
