import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { chargeKindName } from '@farthing/contracts/wire/charge-kind-name';
import { formatQuantity } from '@farthing/domain/metering/quantity';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { explainAdjustment } from '@farthing/domain/rating/explain-adjustment';
import { explainMinimum } from '@farthing/domain/rating/explain-minimum';
import { explainCharge } from '@farthing/domain/rating/explain-charge';
import { compilePrice } from '@farthing/domain/rating/rate-reading';
import { splitCharge } from '@farthing/domain/rating/split-charge';
import {
  creatorsFromColumn,
  idOfRow,
  pricedBeforeOfRow,
  priceOf,
  type ChargeRow,
} from './charge-row.js';

/** A charge as the API shows it. */
export function chargeView(row: ChargeRow, view: CatalogView) {
  const amount = BigInt(row.amount);
  const { shares } = splitCharge(
    priceOf(row, view).split,
    creatorsFromColumn(row.creators),
    amount,
  );
  return {
    id: idOfRow(row),
    customer: row.customer,
    kind: chargeKindName(row.kind as ChargeKind),
    ...(row.corrects === null ? {} : { corrects: row.corrects }),
    ...(row.event_id === '' ? {} : eventOf(row)),
    meter: row.meter,
    price: row.price,
    priceVersion: row.price_version,
    ...(row.cell === null ? {} : { cell: JSON.parse(row.cell) as Record<string, string> }),
    currency: row.currency,
    quantityBefore: formatQuantity(BigInt(row.quantity_before)),
    quantityAfter: formatQuantity(BigInt(row.quantity_after)),
    ...beforeOf(row),
    amount: formatNanos(amount),
    ...(row.quote_difference === null
      ? {}
      : { quoteDifference: formatNanos(BigInt(row.quote_difference)) }),
    shares: shares.map(({ creator, amountNanos }) => ({
      creator,
      amount: formatNanos(amountNanos),
    })),
    usageFrom: formatMicros(Number(row.usage_from)),
    usageTo: formatMicros(Number(row.usage_to)),
    bookingFrom: formatMicros(Number(row.booking_from)),
    bookingTo: formatMicros(Number(row.booking_to)),
    late: row.booking_from !== row.usage_from,
  };
}

/** What the price asked of the events before. */
function beforeOf(row: ChargeRow) {
  const before = pricedBeforeOfRow(row);
  return before && { eventsBefore: before.events, amountBefore: formatNanos(before.amount) };
}

/** The close of a period is no event. */
function eventOf(row: ChargeRow) {
  return {
    source: row.source,
    event: row.event_id,
    type: row.type,
    occurredAt: formatMicros(Number(row.occurred_at)),
  };
}

/** The same with the arithmetic, worked out from the inputs and the price version that made the charge. */
export function explainedChargeView(row: ChargeRow, view: CatalogView) {
  if ((row.kind as ChargeKind) === ChargeKind.MINIMUM) return explainedMinimumView(row, view);
  const charge = {
    quantityBefore: BigInt(row.quantity_before),
    quantityAfter: BigInt(row.quantity_after),
    amount: BigInt(row.amount),
    quoteDifference: row.quote_difference === null ? undefined : BigInt(row.quote_difference),
    creators: creatorsFromColumn(row.creators),
    pricedBefore: pricedBeforeOfRow(row),
  };
  const price = compilePrice(priceOf(row, view), row.cell ?? '');
  const { corrects } = row;
  const explanation =
    corrects === null
      ? explainCharge(charge, price)
      : explainAdjustment({ ...charge, corrects }, price);
  return { ...chargeView(row, view), explanation };
}

function explainedMinimumView(row: ChargeRow, view: CatalogView) {
  const price = priceOf(row, view);
  const amount = BigInt(row.amount);
  const { tenantAmount } = splitCharge(price.split, creatorsFromColumn(row.creators), amount);
  const charge = chargeView(row, view);
  const { parts, sentence } = explainMinimum(price, {
    quantity: BigInt(row.quantity_after),
    amount,
  });
  const { shares } = charge;
  const explanation = { parts, shares, tenantAmount: formatNanos(tenantAmount), sentence };
  return { ...charge, explanation };
}
