/** A re-rating as it is stored. Instants are microseconds since 1970. */
export interface ReRating {
  readonly tenant: string;
  readonly id: string;
  /** `applying`: its control records are being written; `applied`: they all are. */
  readonly state: 'queued' | 'running' | 'finished' | 'failed' | 'applying' | 'applied';
  readonly selectedBy: 'occurredAt' | 'usagePeriod';
  readonly from: number;
  readonly to: number;
  readonly customer: string | null;
  readonly price: string | null;
  /** Price documents, as they were given. */
  readonly candidates: readonly unknown[];
  readonly catalogVersion: number;
  /** Numbers of price versions with their cells, in the order of their accumulators; null until it begins. */
  readonly prices: readonly number[] | null;
  readonly reached: Reached | null;
  readonly charges: number;
  readonly changed: number;
  /** Rows of differences. */
  readonly differences: number;
  /** Whether somebody asked for it to be applied. */
  readonly applyRequested: boolean;
  /** Rows of differences whose control records are written. */
  readonly writtenDifferences: number;
  /** The control records. */
  readonly records: number;
  readonly fault: string | null;
}

/** The place of a charge in the order of reading. */
export interface Reached {
  readonly customer: number;
  readonly usageFrom: number;
  readonly accumulator: number;
  readonly generation: number;
  readonly offset: number;
  readonly index: number;
  readonly n: number;
}

export interface ReRatingKey {
  readonly tenant: string;
  readonly id: string;
}
