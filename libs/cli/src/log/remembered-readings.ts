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

/** What of a log's earlier events decides how much its readings add, by accumulator. */
export class RememberedReadings {
  readonly #values = new Map<string, Set<string>>();
  readonly #latest = new Map<string, StandingReading>();

  /** What the reading adds; undefined where the event lacks what its meter looks at. */
  quantityOf(meter: Meter, logged: LoggedReading): Quantity | undefined {
    if (meter.aggregation === 'unique') return this.#newValue(meter, logged);
    const quantity = logged.envelope.readingQuantities[logged.reading]!;
    return meter.aggregation === 'latest' ? this.#move(quantity, logged) : quantity;
  }

  #newValue({ valuePointer }: Meter, logged: LoggedReading): Quantity | undefined {
    const { envelope, index, accumulator } = logged;
    const properties = propertiesAt(envelope, index);
    const value = properties.find(({ pointer }) => pointer === valuePointer)?.value;
    if (value === undefined) return undefined;
    let seen = this.#values.get(accumulator);
    if (!seen) this.#values.set(accumulator, (seen = new Set()));
    const digest = valueDigest(value);
    const wasSeen = seen.has(digest);
    seen.add(digest);
    return distinctReading(wasSeen);
  }

  #move(quantity: Quantity, logged: LoggedReading): Quantity {
    const { envelope, index, occurredAt, accumulator } = logged;
    const standing = this.#latest.get(accumulator) ?? { quantity: 0n, mark: undefined };
    const source = envelope.strings[envelope.sources[index]!]!;
    const mark = { occurredAt, identity: eventIdentity(source, idAt(envelope, index)) };
    const step = latestReading(standing, { quantity, mark });
    const moved = { quantity: standing.quantity + step.quantity, mark: step.mark };
    this.#latest.set(accumulator, moved);
    return step.quantity;
  }
}
