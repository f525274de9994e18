import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { recordVersion, type RecordedVersion } from '../versions/record-version.js';
import {
  tenantAnswer,
  tenantDocument,
  tenantThing,
  type TenantAnswer,
  type TenantBody,
  type TenantDocument,
} from './tenant.schema.js';
import { twinIdOf } from './twin.js';

/** Makes or changes a tenant and, in the same transaction, the twin that its test keys belong to. */
export async function putTenant(
  tx: Transaction,
  id: string,
  body: TenantBody,
): Promise<CommandAnswer<TenantAnswer>> {
  const own = await recordTenant(tx, id, tenantDocument(body, ''));
  await actAs(tx, twinIdOf(id));
  const twin = await recordTenant(tx, twinIdOf(id), tenantDocument(body, id));
  await actAs(tx, id);
  return {
    status: 200,
    body: tenantAnswer(own.stored),
    messages: [own.message, twin.message],
    kind: 'tenant',
    changed: own.changed || twin.changed,
  };
}

function recordTenant(
  tx: Transaction,
  id: string,
  document: TenantDocument,
): Promise<RecordedVersion<TenantDocument>> {
  return recordVersion(tx, { tenant: id, kind: 'tenant', key: id, document, thingOf: tenantThing });
}

/** The rows that follow are this tenant's: row-level security allows no others. */
async function actAs(tx: Transaction, tenant: string): Promise<void> {
  await tx.query(`select set_config('farthing.tenant_id', $1::text, true)`, [tenant]);
}
