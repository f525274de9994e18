/** An instant: microseconds since 1970-01-01T00:00:00Z, a safe integer. */
export type Micros = number;

export type ParseMicrosOutcome =
  | { readonly outcome: 'parsed'; readonly micros: Micros }
  | {
      readonly outcome: 'refused';
      readonly reason:
        | 'not_a_timestamp'
        | 'no_such_date'
        | 'no_such_time'
        | 'no_such_offset'
        | 'timestamp_out_of_range';
    };

export const MICROS_PER_SECOND = 1_000_000;

/** 2200-01-01: far beyond any bill, and far inside the safe integers. */
const LATEST: Micros = Date.UTC(2200, 0, 1) * 1000;
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Reads a strict RFC 3339 timestamp. Digits beyond microseconds are cut off. A day that the
 * calendar does not have is refused, not moved; so is a leap second, which POSIX time cannot
 * express. The year is 1970 to 2199.
 */
export function parseMicros(text: string): ParseMicrosOutcome {
  const match = RFC_3339.exec(text);
  if (!match) return refused('not_a_timestamp');
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    return refused('no_such_date');
  }
  if (hour > 23 || minute > 59 || second > 59) return refused('no_such_time');
  const offsetHour = Number(match[9] ?? 0);
  const offsetMinute = Number(match[10] ?? 0);
  if (offsetHour > 23 || offsetMinute > 59) return refused('no_such_offset');
  // Date.UTC reads a year below 100 as 19xx.
  if (year < 100) return refused('timestamp_out_of_range');
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000;
  const millis = Date.UTC(year, month - 1, day, hour, minute, second) - offset;
  const fraction = match[7] === undefined ? 0 : Number(match[7].slice(0, 6).padEnd(6, '0'));
  const micros = millis * 1000 + fraction;
  if (micros < 0 || micros >= LATEST) return refused('timestamp_out_of_range');
  return { outcome: 'parsed', micros };
}

/** UTC with six decimals and `Z`, the only form that enters canonical bytes. */
export function formatMicros(micros: Micros): string {
  const millis = Math.floor(micros / 1000);
  const rest = micros - millis * 1000;
  return `${new Date(millis).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** Days of a month, 1 to 12, in the proleptic Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

type MicrosRefusal = Extract<ParseMicrosOutcome, { outcome: 'refused' }>;

function refused(reason: MicrosRefusal['reason']): MicrosRefusal {
  return { outcome: 'refused', reason };
}
