import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';

/** The key in use, private half and all. */
export interface QuoteKey {
  readonly pem: string;
  readonly validFrom: Micros;
}

export async function findKeyInUse(tx: Transaction): Promise<QuoteKey | undefined> {
  const [row] = await tx.query<{ private_pem: string; valid_from_micros: string }>(
    `select private_pem, valid_from_micros from quote_keys where valid_to_micros is null`,
  );
  return row && { pem: row.private_pem, validFrom: Number(row.valid_from_micros) };
}

/** Nothing happens when another process was first. */
export async function insertKey(
  tx: Transaction,
  key: QuoteKey & { readonly keyId: string },
): Promise<void> {
  await tx.execute(
    `insert into quote_keys (key_id, private_pem, valid_from_micros)
     values ($1::text, $2::text, $3::bigint) on conflict do nothing`,
    [key.keyId, key.pem, key.validFrom],
  );
}
