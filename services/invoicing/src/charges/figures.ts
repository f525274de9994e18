import type { BarrierPassed } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { formatNanos, type Nanos } from '@farthing/domain/money/nanos';

/** What passed in one partition since a tenant's last barrier. */
export interface Figures {
  readonly charges: bigint;
  /** By currency; a currency whose sum is 0 counts as absent. */
  readonly sums: ReadonlyMap<string, Nanos>;
}

export function figuresFromBarrier({ charges, sums }: BarrierPassed): Figures {
  return {
    charges,
    sums: new Map(sums.map(({ currency, sumNanos }) => [currency, BigInt(sumNanos)])),
  };
}

/** `{"USD":"1500000000"}`: currencies in byte order, nano-units, without those that sum to 0. */
export function sumsToText(sums: Figures['sums']): string {
  const present = [...sums].filter(([, sum]) => sum !== 0n);
  const ordered = present.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(
    Object.fromEntries(ordered.map(([currency, sum]) => [currency, sum.toString()])),
  );
}

export function sumsFromText(text: string): Map<string, Nanos> {
  const entries = Object.entries(JSON.parse(text) as Record<string, string>);
  return new Map(entries.map(([currency, sum]) => [currency, BigInt(sum)]));
}

/** `3 charges, 1.500000000 USD`, for people who look into a difference. */
export function describeFigures(charges: bigint, sumsText: string): string {
  const sums = [...sumsFromText(sumsText)].map(
    ([currency, sum]) => `${formatNanos(sum)} ${currency}`,
  );
  return [`${charges} charges`, ...(sums.length > 0 ? sums : ['sums of 0'])].join(', ');
}
