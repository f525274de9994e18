import { Controller } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import { status } from '@grpc/grpc-js';
import { Commands } from '../commands.js';
import { KEYS_TENANT, publishKey, type KeyDocument } from './publish-key.js';

/** As the transport hands it over: 64-bit integers are decimal strings. */
interface PublishKeyRequest {
  readonly id: string;
  readonly service: string;
  readonly publicKey: Uint8Array;
  readonly validFromMicros: string;
  readonly validToMicros?: string;
}

interface PublishKeyResponse {
  readonly catalogVersion: string;
}

const KEY_ID = /^key_[0-9a-f]{32}$/;
const SERVICE = /^[a-z]{1,40}$/;
const KEY_BYTES = 32;

/** Internal: a service hands over the public half of what it signs with. */
@Controller()
export class SigningKeysController {
  constructor(private readonly commands: Commands) {}

  @GrpcMethod('SigningKeyService', 'PublishKey')
  async publishKey(request: PublishKeyRequest): Promise<PublishKeyResponse> {
    const { id, document } = keyFrom(request);
    const catalogVersion = await this.commands.runInternal(KEYS_TENANT, (tx) =>
      publishKey(tx, id, document),
    );
    return { catalogVersion: String(catalogVersion) };
  }
}

function keyFrom(request: PublishKeyRequest): { id: string; document: KeyDocument } {
  const { id, service, publicKey, validFromMicros, validToMicros } = request;
  const sound = KEY_ID.test(id) && SERVICE.test(service) && publicKey.length === KEY_BYTES;
  if (!sound) throw new RpcException({ code: status.INVALID_ARGUMENT, message: 'key_invalid' });
  const document = {
    service,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    validFrom: Number(validFromMicros),
    ...(validToMicros !== undefined && { validTo: Number(validToMicros) }),
  };
  return { id, document };
}
