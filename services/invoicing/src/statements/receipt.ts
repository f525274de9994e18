import type { Price } from '@farthing/domain/pricing/price';
import { ruleOf, type AnyPriceRule } from '@farthing/domain/pricing/any-price-rule';
import { explainAdjustedSpan } from '@farthing/domain/rating/explain-adjustment';
import { explainSpan, type SpanExplanation } from '@farthing/domain/rating/explain-charge';
import { compilePrice } from '@farthing/domain/rating/rate-reading';
import { formatMicros } from '@farthing/domain/period/micros';
import { explainMinimum } from '@farthing/domain/rating/explain-minimum';
import { canonicalJson, type CanonicalValue } from '@farthing/domain/proof/canonical-json';
import type { ChargeLeaf } from '@farthing/domain/proof/charge-leaf';
import type { SigningKey } from '@farthing/adapters/signing/ed25519-key';

/** What a charge cost and why, for whoever paid it. */
export interface Receipt {
  readonly v: 1;
  readonly charge: ChargeLeaf;
  readonly price: AnyPriceRule & {
    readonly key: string;
    readonly version: number;
    readonly currency: string;
    readonly description: string;
    readonly effectiveFrom: string;
  };
  /** The arithmetic: `parts` sum to the amount, before it is rounded. */
  readonly parts: SpanExplanation['parts'];
  readonly sentence: string;
}

export interface SignedReceipt {
  readonly receipt: Receipt;
  /** Ed25519 over the canonical JSON of `receipt`, base64url. */
  readonly signature: string;
  readonly keyId: string;
  readonly publicKey: string;
}

/** A function of the leaf and its price version: asked for again it has the same bytes and signature. */
export function signedReceipt(charge: ChargeLeaf, price: Price, key: SigningKey): SignedReceipt {
  const { parts, sentence } = explainedLeaf(charge, price);
  const receipt: Receipt = {
    v: 1,
    charge,
    price: {
      key: price.key,
      version: price.version,
      currency: price.currency,
      description: price.description,
      effectiveFrom: formatMicros(price.effectiveFrom),
      ...ruleOf(price),
    },
    parts,
    sentence,
  };
  const bytes = Buffer.from(canonicalJson(receipt as unknown as CanonicalValue));
  const { keyId, publicKey } = key;
  return { receipt, signature: key.sign(bytes), keyId, publicKey };
}

function explainedLeaf(charge: ChargeLeaf, price: Price): Pick<Receipt, 'parts' | 'sentence'> {
  const quantityBefore = scaled(charge.quantityBefore);
  const quantityAfter = scaled(charge.quantityAfter);
  const amount = scaled(charge.amount);
  if (charge.kind === 'minimum') return explainMinimum(price, { quantity: quantityAfter, amount });
  const cell = charge.cell === undefined ? '' : canonicalJson(charge.cell);
  const compiled = compilePrice(price, cell);
  const { corrects } = charge;
  const { parts, sentence } =
    corrects === undefined
      ? explainSpan(compiled, { quantityBefore, quantityAfter, amount, ...pricedBeforeOf(charge) })
      : explainAdjustedSpan(compiled, { quantityBefore, quantityAfter, corrects });
  return {
    parts,
    sentence: `${price.description}: ${sentence} = ${charge.amount} ${price.currency}`,
  };
}

function pricedBeforeOf({ eventsBefore, amountBefore }: ChargeLeaf) {
  if (eventsBefore === undefined || amountBefore === undefined) return {};
  return { pricedBefore: { events: eventsBefore, amount: scaled(amountBefore) } };
}

/** Canonical quantities and amounts have nine places, so the digits are units of 1e-9. */
function scaled(text: string): bigint {
  return BigInt(text.replace('.', ''));
}
