let last = { from: 0, to: 0, month: 0 };

/** Year and month in UTC of an instant, such as 202608: the partition of its charges. */
export function usageMonthOf(micros: number): number {
  // One after another, charges nearly always fall into one month, and a Date costs more than all the rest here.
  if (micros < last.from || micros >= last.to) last = monthAround(micros);
  return last.month;
}

function monthAround(micros: number): typeof last {
  const date = new Date(Math.floor(micros / 1_000));
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  return {
    from: Date.UTC(year, month) * 1_000,
    to: Date.UTC(year, month + 1) * 1_000,
    month: year * 100 + month + 1,
  };
}
