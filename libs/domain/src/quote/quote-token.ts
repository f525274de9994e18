import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { formatQuantity, parseQuantity } from '../metering/quantity.js';
import { formatNanos, parseNanos } from '../money/nanos.js';
import { formatMicros, parseMicros } from '../period/micros.js';
import { canonicalBytes } from '../proof/canonical-json.js';
import type { Quote, QuotedCharge, QuotedReading } from './quote.js';

/** Who signs a token; the private half is elsewhere. */
export interface QuoteSigner {
  readonly keyId: string;
  /** Ed25519 (RFC 8032), base64url. */
  sign(bytes: Uint8Array): string;
}

/** A token that has the form of one. Nothing of it is to be believed before its signature is checked. */
export interface ReadToken {
  readonly keyId: string;
  readonly quote: Quote;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

export type ReadTokenOutcome =
  | { readonly outcome: 'read'; readonly token: ReadToken }
  | { readonly outcome: 'refused'; readonly reason: 'quote_altered' };

const VERSION = 1;
const FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/;

/** `base64url(payload).base64url(signature)`; the payload is canonical JSON (RFC 8785). */
export function writeQuoteToken(quote: Quote, signer: QuoteSigner): string {
  const payload = canonicalBytes({
    v: VERSION,
    id: quote.id,
    tenant: quote.tenant,
    customer: quote.customer,
    type: quote.type,
    currency: quote.currency,
    readings: quote.readings.map(({ meter, quantity }) => [meter, formatQuantity(quantity)]),
    charges: quote.charges.map(({ meter, price, version, cell, amount }) => ({
      meter,
      price,
      version,
      ...(cell !== '' && { cell }),
      amount: formatNanos(amount),
    })),
    issuedAt: formatMicros(quote.issuedAt),
    expiresAt: formatMicros(quote.expiresAt),
    keyId: signer.keyId,
  });
  return `${Buffer.from(payload).toString('base64url')}.${signer.sign(payload)}`;
}

/**
 * Takes a token apart. Text that decodes to the same bytes and is not what the issuer wrote (a changed bit that
 * base64url ignores) is refused as altered.
 */
export function readQuoteToken(text: string): ReadTokenOutcome {
  const [, payload = '', signature = ''] = FORM.exec(text) ?? [];
  const signed = bytesOf(payload);
  const signatureBytes = bytesOf(signature);
  const facts = signed && signatureBytes && factsOf(signed);
  if (!facts) return { outcome: 'refused', reason: 'quote_altered' };
  return { outcome: 'read', token: { ...facts, signed, signature: signatureBytes } };
}

/** 32 raw bytes in base64url, ready to verify by. */
export function publicKeyOf(publicKey: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
}

export function isSignedBy({ signed, signature }: ReadToken, key: KeyObject): boolean {
  return verify(null, signed, key, signature);
}

/** Undefined for what `toString('base64url')` does not write. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined;
}

function factsOf(signed: Buffer): Pick<ReadToken, 'keyId' | 'quote'> | undefined {
  const payload = parse(signed);
  if (payload?.v !== VERSION) return undefined;
  const { id, tenant, customer, type, currency, keyId } = payload;
  const readings = listOf(payload.readings, readingFrom);
  const charges = listOf(payload.charges, chargeFrom);
  const issuedAt = microsFrom(payload.issuedAt);
  const expiresAt = microsFrom(payload.expiresAt);
  if (!isText(id) || !isText(tenant) || !isText(customer) || !isText(type)) return undefined;
  if (!isText(currency) || !isText(keyId) || !readings || !charges) return undefined;
  if (issuedAt === undefined || expiresAt === undefined) return undefined;
  const who = { id, tenant, customer, type, currency };
  return { keyId, quote: { ...who, readings, charges, issuedAt, expiresAt } };
}

function parse(signed: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(signed.toString('utf8'));
    return record(value);
  } catch {
    return undefined;
  }
}

function readingFrom(value: unknown): QuotedReading | undefined {
  if (!Array.isArray(value)) return undefined;
  const [meter, quantity] = value as unknown[];
  const parsed = parseQuantity(quantity);
  if (!isText(meter) || parsed.outcome === 'refused') return undefined;
  return { meter, quantity: parsed.quantity };
}

function chargeFrom(value: unknown): QuotedCharge | undefined {
  const { meter, price, version, cell = '', amount } = record(value) ?? {};
  if (!isText(meter) || !isText(price) || !Number.isSafeInteger(version)) return undefined;
  if (!isText(cell) || !isText(amount)) return undefined;
  const parsed = parseNanos(amount);
  if (parsed.outcome === 'refused') return undefined;
  return { meter, price, version: version as number, cell, amount: parsed.nanos };
}

function microsFrom(value: unknown): number | undefined {
  const parsed = isText(value) ? parseMicros(value) : undefined;
  return parsed?.outcome === 'parsed' ? parsed.micros : undefined;
}

function listOf<T>(value: unknown, from: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map(from);
  return items.every((item) => item !== undefined) ? (items as T[]) : undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const record = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
