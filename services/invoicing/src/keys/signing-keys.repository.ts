import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';

/** A public half, and while what it signed counts. */
export interface PublishedKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly validFrom: Micros;
  readonly validTo: Micros | undefined;
}

/** A key that is new ends the validity of the ones before it; one that is known changes nothing. */
export async function publishKey(
  tx: Transaction,
  key: { readonly keyId: string; readonly publicKey: string },
  now: Micros,
): Promise<void> {
  const inserted = await tx.execute(
    `insert into signing_keys (key_id, public_key, valid_from_micros)
     values ($1::text, $2::text, $3::bigint) on conflict do nothing`,
    [key.keyId, key.publicKey, now],
  );
  if (inserted === 0) return;
  await tx.execute(
    `update signing_keys set valid_to_micros = $2::bigint
      where key_id <> $1::text and valid_to_micros is null`,
    [key.keyId, now],
  );
}

export async function listKeys(tx: Transaction): Promise<PublishedKey[]> {
  const rows = await tx.query<{
    key_id: string;
    public_key: string;
    valid_from_micros: string;
    valid_to_micros: string | null;
  }>(
    `select key_id, public_key, valid_from_micros, valid_to_micros from signing_keys
      order by valid_from_micros, key_id`,
  );
  return rows.map((row) => ({
    keyId: row.key_id,
    publicKey: row.public_key,
    validFrom: Number(row.valid_from_micros),
    validTo: row.valid_to_micros === null ? undefined : Number(row.valid_to_micros),
  }));
}
