import { propertiesAt, type EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { valueDigest } from '@farthing/domain/metering/distinct-value';
import type { Meter } from '@farthing/domain/metering/meter';
import { ONE, type Quantity } from '@farthing/domain/metering/quantity';

/** What of a log's earlier events decides how much its readings add, by accumulator. */
export class RememberedReadings {
  readonly #values = new Map<string, Set<string>>();

  /** What the reading adds; undefined where the event lacks what its meter looks at. */
  quantityOf(
    envelope: EnvelopeColumns,
    index: number,
    of: {
      /** Its place in the columns. */
      readonly reading: number;
      readonly meter: Meter;
      /** A name for customer, period, price and cell. */
      readonly accumulator: string;
    },
  ): Quantity | undefined {
    const { reading, meter, accumulator } = of;
    if (meter.aggregation !== 'unique') return envelope.readingQuantities[reading]!;
    const value = propertiesAt(envelope, index).find(
      ({ pointer }) => pointer === meter.valuePointer,
    )?.value;
    if (value === undefined) return undefined;
    let seen = this.#values.get(accumulator);
    if (!seen) this.#values.set(accumulator, (seen = new Set()));
    const digest = valueDigest(value);
    if (seen.has(digest)) return 0n;
    seen.add(digest);
    return ONE;
  }
}
