import { formatMicros } from '@farthing/domain/period/micros';
import type { BookFinding } from '@farthing/domain/price-book/book-finding';
import { lintPriceBook } from '@farthing/domain/price-book/lint-price-book';
import { bookMeterOf } from '@farthing/domain/price-book/price-book';
import type { MeterDocument } from '../meters/meter.schema.js';
import { documentFields, priceDocument, type PriceBody } from '../prices/price.schema.js';

/** A draft as it is answered; `meter` is its meter if there is one. */
export function priceDraftAnswer(body: PriceBody, meter: MeterDocument | undefined) {
  return {
    key: body.key,
    ...documentFields(priceDocument(body)),
    findings: findingsIn(body, meter),
  };
}
export type PriceDraftAnswer = ReturnType<typeof priceDraftAnswer>;

/** What the linter says of the price alone, sold and in force. Pointers are into the price. */
function findingsIn(body: PriceBody, meter: MeterDocument | undefined): BookFinding[] {
  const price = { ...body, effectiveFrom: formatMicros(body.effectiveFrom) };
  const meters = meter ? [bookMeterOf({ key: body.meter, ...meter })] : [];
  const book = { meters, prices: [price], plans: [{ key: 'draft', prices: [body.key] }] };
  const place = '/prices/0';
  return lintPriceBook(book, body.effectiveFrom)
    .filter(({ pointer }) => pointer.startsWith(place))
    .map((finding) => ({ ...finding, pointer: finding.pointer.slice(place.length) }));
}
