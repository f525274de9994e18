import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type {
  Adjustment,
  ApplyReRating,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { creatorsBetween } from '@farthing/domain/rating/re-rate-charge';
import type { LogPeriods } from './log-periods.js';
import type { ChargedBy, LoggedCharge, LoggedEvents } from './logged-events.js';
import type { Corrected } from './refund-logged.js';

/** The re-ratings that the log says were applied. */
export class LoggedReRatings {
  readonly #commands = new Set<string>();

  constructor(
    private readonly events: LoggedEvents,
    private readonly catalog: CatalogView,
    private readonly periodsOf: (customer: string) => LogPeriods,
  ) {}

  /** Each record once; a charge that does not come to what the diff saw, or that a settled minimum takes up, is left as it is. */
  apply({ commandId, tenant, customer, adjustments }: ApplyReRating): Corrected[] {
    if (this.#commands.has(commandId)) return [];
    this.#commands.add(commandId);
    const parts = new Map<string, Adjustment[]>();
    for (const adjustment of adjustments) {
      parts.set(adjustment.chargeId, [...(parts.get(adjustment.chargeId) ?? []), adjustment]);
    }
    return [...parts].flatMap(([id, ofCharge]) => {
      const charge = this.events.chargeOf(id);
      if (charge?.event.customer !== customer || charge.isMoved) return [];
      const standing = charge.amounts.reduce((sum, { amount }) => sum + amount, 0n);
      if (standing !== ofCharge[0]!.beforeNanos) return [];
      const { period, priced } = charge.place;
      const place = { price: priced.compiled.price.key, cell: priced.cell };
      const by = ofCharge.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
      if (!this.periodsOf(customer).adjust(period, place, by)) return [];
      for (const adjustment of ofCharge) {
        this.events.count(id, this.#placeOf(charge, tenant, adjustment), adjustment.amountNanos);
      }
      // Rating refuses to void or correct it from here on.
      if (charge.event.state === 'standing') charge.event.state = 're_rated';
      const amounts = ofCharge.map(({ amountNanos }) => amountNanos);
      return [{ currency: charge.event.currency, amounts }];
    });
  }

  #placeOf(
    { place }: LoggedCharge,
    tenant: string,
    { price: key, priceVersion }: Adjustment,
  ): ChargedBy {
    const { priced, creators } = place;
    const price = this.catalog.price(tenant, key, priceVersion);
    if (!price) throw new Error(`the catalog has no version ${priceVersion} of the price ${key}`);
    const creatorsFor = creatorsBetween(priced.compiled.price.split, price.split);
    const compiled = { ...priced.compiled, price };
    return { ...place, priced: { ...priced, compiled }, creators: creatorsFor?.(creators) ?? [] };
  }
}
