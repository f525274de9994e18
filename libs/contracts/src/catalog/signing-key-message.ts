import { create } from '@bufbuild/protobuf';
import { SigningKeySchema, type SigningKey } from '../generated/farthing/catalog/v1/catalog_pb.js';
import type { PublishedKey } from './catalog-things.js';

export function signingKeyFromMessage(message: SigningKey): PublishedKey {
  const { id, version, service, publicKey, validFromMicros, validToMicros } = message;
  return {
    id,
    version: Number(version),
    service,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    validFrom: Number(validFromMicros),
    ...(validToMicros !== undefined && { validTo: Number(validToMicros) }),
  };
}

export function signingKeyToMessage(key: PublishedKey): SigningKey {
  const { id, version, service, publicKey, validFrom, validTo } = key;
  return create(SigningKeySchema, {
    id,
    version: BigInt(version),
    service,
    publicKey: Buffer.from(publicKey, 'base64url'),
    validFromMicros: BigInt(validFrom),
    ...(validTo !== undefined && { validToMicros: BigInt(validTo) }),
  });
}
