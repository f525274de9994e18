import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { CheckedToken, CheckedTokens } from './check-tokens.js';
import type { LoggedEnvelope } from './logged-envelope.js';

/** A quote that a token of the chunk carries, in the memory of one transaction. */
export interface QuoteSlot {
  readonly tenant: string;
  readonly id: string;
  isUsed: boolean;
}

/** A token, and whether its quote was used. */
export type TokenInHand =
  | (Extract<CheckedToken, { readonly outcome: 'signed' }> & { readonly slot: QuoteSlot })
  | Extract<CheckedToken, { readonly outcome: 'refused' }>;

export type TokensInHand = ReadonlyMap<LoggedEnvelope, ReadonlyMap<number, TokenInHand>>;

/** A quote that an event was charged by. */
export interface UsedQuote {
  readonly slot: QuoteSlot;
  readonly offset: bigint;
  readonly index: number;
}

/** Learns which quotes of these envelopes were used. Asks for nothing where there are none. */
export async function loadQuotes(
  tx: Transaction,
  envelopes: readonly LoggedEnvelope[],
  checked: CheckedTokens,
): Promise<TokensInHand> {
  const slots = new Map<string, QuoteSlot>();
  const inHand = new Map<LoggedEnvelope, Map<number, TokenInHand>>();
  for (const envelope of checked.size === 0 ? [] : envelopes) {
    const tokens = checked.get(envelope);
    if (!tokens) continue;
    const ofEnvelope = new Map<number, TokenInHand>();
    inHand.set(envelope, ofEnvelope);
    for (const [token, one] of tokens) {
      ofEnvelope.set(token, one.outcome === 'refused' ? one : { ...one, slot: slotOf(one, slots) });
    }
  }
  if (slots.size > 0) await learnUsed(tx, [...slots.values()]);
  return inHand;
}

function slotOf(
  { quote }: Extract<CheckedToken, { readonly outcome: 'signed' }>,
  slots: Map<string, QuoteSlot>,
): QuoteSlot {
  const { tenant, id } = quote;
  const key = `${tenant} ${id}`;
  let slot = slots.get(key);
  if (!slot) slots.set(key, (slot = { tenant, id, isUsed: false }));
  return slot;
}

async function learnUsed(tx: Transaction, slots: readonly QuoteSlot[]): Promise<void> {
  const rows = await tx.query<{ readonly at: number }>(
    `select at::integer
       from unnest($1::text[], $2::text[]) with ordinality as wanted (tenant, quote, at)
       join used_quotes using (tenant, quote)`,
    [slots.map(({ tenant }) => tenant), slots.map(({ id }) => id)],
  );
  for (const { at } of rows) slots[at - 1]!.isUsed = true;
}

export async function insertUsedQuotes(
  tx: Transaction,
  used: readonly UsedQuote[],
  partition: number,
): Promise<void> {
  await tx.execute(
    `insert into used_quotes (tenant, quote, generation, partition, log_offset, event_index)
     select tenant, quote, $5::smallint, $6::smallint, log_offset, event_index
       from unnest($1::text[], $2::text[], $3::bigint[], $4::integer[])
            as used (tenant, quote, log_offset, event_index)`,
    [
      used.map(({ slot }) => slot.tenant),
      used.map(({ slot }) => slot.id),
      used.map(({ offset }) => offset),
      used.map(({ index }) => index),
      LOG_GENERATION,
      partition,
    ],
  );
}
