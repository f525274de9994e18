import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CustomerName, CustomerProfile, ProfileDetails } from './customer.js';

interface ProfileRow {
  readonly version: string;
  readonly document: ProfileDetails | null;
  readonly outbox_number: string;
}

export async function findProfile(
  tx: Transaction,
  { tenant, id }: CustomerName,
): Promise<CustomerProfile | undefined> {
  const [row] = await tx.query<ProfileRow>(
    `select version, document, outbox_number from customer_profiles
      where tenant = $1::text and customer = $2::text`,
    [tenant, id],
  );
  if (!row) return undefined;
  return {
    version: Number(row.version),
    details: row.document ?? undefined,
    outboxNumber: BigInt(row.outbox_number),
  };
}

/** Earlier versions are overwritten: what is erased is erased. */
export async function saveProfile(
  tx: Transaction,
  { tenant, id }: CustomerName,
  { version, details, outboxNumber }: CustomerProfile,
): Promise<void> {
  await tx.execute(
    `insert into customer_profiles (tenant, customer, version, document, outbox_number)
     values ($1::text, $2::text, $3::bigint, $4::jsonb, $5::bigint)
     on conflict (tenant, customer) do update set
       version = excluded.version, document = excluded.document, outbox_number = excluded.outbox_number`,
    [tenant, id, version, details ? JSON.stringify(details) : null, outboxNumber],
  );
}
