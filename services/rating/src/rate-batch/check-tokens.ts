import { verify, type KeyObject } from 'node:crypto';
import type { PublishedKey } from '@farthing/contracts/catalog/catalog-things';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Quote } from '@farthing/domain/quote/quote';
import { publicKeyOf, readQuoteToken, type ReadToken } from '@farthing/domain/quote/quote-token';
import type { LoggedEnvelope } from './logged-envelope.js';

/** What a token says by itself, before anything is known of its event. */
export type CheckedToken =
  | { readonly outcome: 'signed'; readonly quote: Quote; readonly key: PublishedKey }
  | { readonly outcome: 'refused'; readonly reason: 'quote_altered' | 'foreign_quote_token' };

/** By envelope, then by the dictionary's number of the token; envelopes without tokens are left out. */
export type CheckedTokens = ReadonlyMap<LoggedEnvelope, ReadonlyMap<number, CheckedToken>>;

/**
 * Verifies the tokens of these envelopes, each by the key as it was at the envelope's catalog version. It comes before the
 * transaction, and the signatures are worked out in the threads of libuv: one costs more than rating an event.
 */
export async function checkTokens(
  envelopes: Iterable<LoggedEnvelope>,
  view: CatalogView,
): Promise<CheckedTokens> {
  const checked = new Map<LoggedEnvelope, Map<number, CheckedToken>>();
  const verifying: Promise<void>[] = [];
  for (const envelope of envelopes) {
    const { strings, catalogVersion } = envelope.columns;
    for (const token of tokensIn(envelope)) {
      let ofEnvelope = checked.get(envelope);
      if (!ofEnvelope) checked.set(envelope, (ofEnvelope = new Map<number, CheckedToken>()));
      verifying.push(checkToken(strings[token]!, { view, catalogVersion, token, in: ofEnvelope }));
    }
  }
  await Promise.all(verifying);
  return checked;
}

/** Each once. */
function tokensIn({ columns: { quoteTokens } }: LoggedEnvelope): Set<number> {
  const tokens = new Set<number>();
  for (const token of quoteTokens) if (token !== 0) tokens.add(token);
  return tokens;
}

async function checkToken(
  text: string,
  place: {
    readonly view: CatalogView;
    readonly catalogVersion: number;
    readonly token: number;
    readonly in: Map<number, CheckedToken>;
  },
): Promise<void> {
  const { view, catalogVersion } = place;
  place.in.set(place.token, await judged());

  async function judged(): Promise<CheckedToken> {
    const read = readQuoteToken(text);
    if (read.outcome === 'refused') return read;
    const { token } = read;
    const key = view.signingKeyAt(token.keyId, catalogVersion);
    if (!key) return { outcome: 'refused', reason: 'foreign_quote_token' };
    if (!(await isSigned(token, keyObjectOf(key)))) {
      return { outcome: 'refused', reason: 'quote_altered' };
    }
    return { outcome: 'signed', quote: token.quote, key };
  }
}

function isSigned({ signed, signature }: ReadToken, key: KeyObject): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(null, signed, key, signature, (error, isValid) => {
      if (error) reject(error);
      else resolve(isValid);
    });
  });
}

const keyObjects = new WeakMap<PublishedKey, KeyObject>();

function keyObjectOf(key: PublishedKey): KeyObject {
  let object = keyObjects.get(key);
  if (!object) keyObjects.set(key, (object = publicKeyOf(key.publicKey)));
  return object;
}
