import { formatMicros, type Micros } from '@farthing/domain/period/micros';
import { statementId } from '@farthing/domain/proof/statement';

/** What decides which statement a charge belongs to. */
export interface BookedTo {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly bookingFrom: Micros;
  readonly bookingTo: Micros;
}

/** Names the statements of a batch: each id is a hash, and a batch asks for the same few again and again. */
export class StatementNames {
  private readonly known = new Map<string, string>();

  nameOf({ tenant, customer, currency, bookingFrom, bookingTo }: BookedTo): string {
    const key = [tenant, customer, currency, bookingFrom, bookingTo].join('\u0000');
    let name = this.known.get(key);
    if (name === undefined) {
      const from = formatMicros(bookingFrom);
      name = statementId({ tenant, customer, currency, from, to: formatMicros(bookingTo) });
      this.known.set(key, name);
    }
    return name;
  }
}
