import {
  idAt,
  propertiesAt,
  type EnvelopeColumns,
} from '@farthing/contracts/wire/envelope-columns';
import { distinctReading, valueDigest } from '@farthing/domain/metering/distinct-value';
import {
  eventIdentity,
  latestReading,
  type LatestMark,
  type StandingReading,
} from '@farthing/domain/metering/latest-reading';
import type { Meter } from '@farthing/domain/metering/meter';
import { ONE, type Quantity } from '@farthing/domain/metering/quantity';

/** A reading in the columns of its envelope, and the accumulator that it moves. */
interface LoggedReading {
  readonly envelope: EnvelopeColumns;
  readonly index: number;
  /** Its place in the columns. */
  readonly reading: number;
  readonly mark: LatestMark;
  /** A name for customer, period, price and cell. */
  readonly accumulator: string;
}

/** What a reading adds. */
export interface RememberedStep {
  readonly quantity: Quantity;
  /** Remembers it, once its event is applied. */
  readonly take: () => void;
  /** Forgets it again and answers what that moves. Undefined where the quantity alone says it. */
  readonly takeBack?: () => Quantity;
}

type MarkedReading = StandingReading & { readonly mark: LatestMark };

/** What events said in one accumulator. */
interface SaidReadings {
  /** By the identity of their events. */
  readonly readings: Map<string, MarkedReading>;
  standing: StandingReading;
}

const NOTHING_READ: StandingReading = { quantity: 0n, mark: undefined };

/** Source and id of an event in an envelope. */
export function identityAt(envelope: EnvelopeColumns, index: number): string {
  return eventIdentity(envelope.strings[envelope.sources[index]!]!, idAt(envelope, index));
}

/** What of a log's earlier events decides how much its readings add, by accumulator. */
export class RememberedReadings {
  /** How many events said each value, by its digest. */
  readonly #values = new Map<string, Map<string, number>>();
  readonly #latest = new Map<string, SaidReadings>();

  /** Undefined where the event lacks what its meter looks at. */
  stepOf(meter: Meter, logged: LoggedReading): RememberedStep | undefined {
    if (meter.aggregation === 'unique') return this.#newValue(meter, logged);
    const quantity = logged.envelope.readingQuantities[logged.reading]!;
    return meter.aggregation === 'latest'
      ? this.#move(quantity, logged)
      : { quantity, take: () => undefined };
  }

  #newValue({ valuePointer }: Meter, logged: LoggedReading): RememberedStep | undefined {
    const { envelope, index, accumulator } = logged;
    const properties = propertiesAt(envelope, index);
    const value = properties.find(({ pointer }) => pointer === valuePointer)?.value;
    if (value === undefined) return undefined;
    const users = this.#values.get(accumulator) ?? new Map<string, number>();
    this.#values.set(accumulator, users);
    const digest = valueDigest(value);
    const usersNow = () => users.get(digest) ?? 0;
    return {
      quantity: distinctReading(usersNow() > 0),
      take: () => users.set(digest, usersNow() + 1),
      takeBack: () => {
        users.set(digest, usersNow() - 1);
        return usersNow() === 0 ? -ONE : 0n;
      },
    };
  }

  #move(quantity: Quantity, { mark, accumulator }: LoggedReading): RememberedStep {
    const said = this.#latest.get(accumulator) ?? { readings: new Map(), standing: NOTHING_READ };
    this.#latest.set(accumulator, said);
    const reading = { quantity, mark };
    return {
      quantity: latestReading(said.standing, reading).quantity,
      take: () => {
        said.readings.set(mark.identity, reading);
        said.standing = laterOf(said.standing, reading);
      },
      takeBack: () => {
        const before = said.standing;
        said.readings.delete(mark.identity);
        if (before.mark?.identity !== mark.identity) return 0n;
        said.standing = [...said.readings.values()].reduce(laterOf, NOTHING_READ);
        return said.standing.quantity - before.quantity;
      },
    };
  }
}

function laterOf(standing: StandingReading, reading: MarkedReading): StandingReading {
  const { quantity, mark } = latestReading(standing, reading);
  return { quantity: standing.quantity + quantity, mark };
}
