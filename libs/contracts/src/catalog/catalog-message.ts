import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { CatalogRecordSchema } from '../generated/farthing/catalog/v1/catalog_pb.js';
import type { CatalogRecord } from '../generated/farthing/catalog/v1/catalog_pb.js';
import { SCHEMA_VERSION } from '../topics/log-generation.js';
import { UnknownRecordError, checkSchemaVersion } from '../wire/usage-record.js';
import type { ApiKey, CatalogThing, Plan } from './catalog-things.js';
import { meterFromMessage, meterToMessage } from './meter-message.js';
import { priceFromMessage, priceToMessage } from './price-message.js';
import { signingKeyFromMessage, signingKeyToMessage } from './signing-key-message.js';
import { tenantFromMessage, tenantToMessage } from './tenant-message.js';

/** One record of `catalog.v1`: the thing as it is from this catalog version on. */
export interface CatalogEntry {
  readonly catalogVersion: number;
  readonly thing: CatalogThing;
}

type ThingMessage = MessageInitShape<typeof CatalogRecordSchema>['thing'];

export function catalogEntryToMessage({ catalogVersion, thing }: CatalogEntry): Buffer {
  const message = create(CatalogRecordSchema, {
    schemaVersion: SCHEMA_VERSION,
    catalogVersion: BigInt(catalogVersion),
    thing: thingToMessage(thing),
  });
  return Buffer.from(toBinary(CatalogRecordSchema, message));
}

/** Throws `UnknownRecordError` for what a newer version wrote. */
export function catalogEntryFromMessage(bytes: Uint8Array): CatalogEntry {
  const message = fromBinary(CatalogRecordSchema, bytes);
  checkSchemaVersion(message.schemaVersion);
  return { catalogVersion: Number(message.catalogVersion), thing: thingFromMessage(message.thing) };
}

function thingFromMessage(thing: CatalogRecord['thing']): CatalogThing {
  switch (thing.case) {
    case 'tenant':
      return { kind: 'tenant', tenant: tenantFromMessage(thing.value) };
    case 'apiKey': {
      const { id, version, tenant, sha256, scopes, revoked } = thing.value;
      const hex = Buffer.from(sha256).toString('hex');
      const apiKey: ApiKey = { id, version: Number(version), tenant, sha256: hex, scopes, revoked };
      return { kind: 'apiKey', apiKey };
    }
    case 'meter':
      return { kind: 'meter', meter: meterFromMessage(thing.value) };
    case 'price':
      return { kind: 'price', price: priceFromMessage(thing.value) };
    case 'plan': {
      const { tenant, key, version, prices } = thing.value;
      const plan: Plan = { tenant, key, version: Number(version), prices };
      return { kind: 'plan', plan };
    }
    case 'signingKey':
      return { kind: 'signingKey', signingKey: signingKeyFromMessage(thing.value) };
    case undefined:
      throw new UnknownRecordError('a catalog record has a thing that this version does not know');
  }
}

function thingToMessage(thing: CatalogThing): ThingMessage {
  switch (thing.kind) {
    case 'tenant':
      return { case: 'tenant', value: tenantToMessage(thing.tenant) };
    case 'apiKey': {
      const { id, version, tenant, sha256, scopes, revoked } = thing.apiKey;
      const bytes = Buffer.from(sha256, 'hex');
      const value = { id, version: BigInt(version), tenant, sha256: bytes, revoked };
      return { case: 'apiKey', value: { ...value, scopes: [...scopes] } };
    }
    case 'meter':
      return { case: 'meter', value: meterToMessage(thing.meter) };
    case 'price':
      return { case: 'price', value: priceToMessage(thing.price) };
    case 'plan': {
      const { tenant, key, version, prices } = thing.plan;
      return {
        case: 'plan',
        value: { tenant, key, version: BigInt(version), prices: [...prices] },
      };
    }
    case 'signingKey':
      return { case: 'signingKey', value: signingKeyToMessage(thing.signingKey) };
  }
}
