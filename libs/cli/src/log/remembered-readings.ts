import {
  idAt,
  propertiesAt,
  type EnvelopeColumns,
} from '@farthing/contracts/wire/envelope-columns';
import { distinctReading, valueDigest } from '@farthing/domain/metering/distinct-value';
import {
  eventIdentity,
  latestReading,
  type StandingReading,
} from '@farthing/domain/metering/latest-reading';
import type { Meter } from '@farthing/domain/metering/meter';
import type { Quantity } from '@farthing/domain/metering/quantity';

/** A reading in the columns of its envelope, and the accumulator that it moves. */
interface LoggedReading {
  readonly envelope: EnvelopeColumns;
  readonly index: number;
  /** Its place in the columns. */
  readonly reading: number;
  readonly occurredAt: number;
  /** A name for customer, period, price and cell. */
  readonly accumulator: string;
}

/** What a reading adds, and what is to be remembered once its event is applied. */
export interface RememberedStep {
  readonly quantity: Quantity;
  /** Whether it depends on what came before: such an event is neither voided nor corrected. */
  readonly isRemembered: boolean;
  readonly take: () => void;
}

const nothing = () => undefined;

/** What of a log's earlier events decides how much its readings add, by accumulator. */
export class RememberedReadings {
  readonly #values = new Map<string, Set<string>>();
  readonly #latest = new Map<string, StandingReading>();

  /** Undefined where the event lacks what its meter looks at. */
  stepOf(meter: Meter, logged: LoggedReading): RememberedStep | undefined {
    if (meter.aggregation === 'unique') return this.#newValue(meter, logged);
    const quantity = logged.envelope.readingQuantities[logged.reading]!;
    return meter.aggregation === 'latest'
      ? this.#move(quantity, logged)
      : { quantity, isRemembered: false, take: nothing };
  }

  #newValue({ valuePointer }: Meter, logged: LoggedReading): RememberedStep | undefined {
    const { envelope, index, accumulator } = logged;
    const properties = propertiesAt(envelope, index);
    const value = properties.find(({ pointer }) => pointer === valuePointer)?.value;
    if (value === undefined) return undefined;
    const seen = this.#values.get(accumulator) ?? new Set<string>();
    this.#values.set(accumulator, seen);
    const digest = valueDigest(value);
    const wasSeen = seen.has(digest);
    const take = () => seen.add(digest);
    return { quantity: distinctReading(wasSeen), isRemembered: true, take };
  }

  #move(quantity: Quantity, logged: LoggedReading): RememberedStep {
    const { envelope, index, occurredAt, accumulator } = logged;
    const standing = this.#latest.get(accumulator) ?? { quantity: 0n, mark: undefined };
    const source = envelope.strings[envelope.sources[index]!]!;
    const mark = { occurredAt, identity: eventIdentity(source, idAt(envelope, index)) };
    const step = latestReading(standing, { quantity, mark });
    const moved = { quantity: standing.quantity + step.quantity, mark: step.mark };
    const take = () => this.#latest.set(accumulator, moved);
    return { quantity: step.quantity, isRemembered: true, take };
  }
}
