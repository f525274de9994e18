import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { formatMicros } from '@farthing/domain/period/micros';
import { Controller, Get, Inject } from '@nestjs/common';
import { API_PARTS, type ApiParts } from '../api-parts.js';
import { listKeys } from './signing-keys.repository.js';

/** Public: whoever checks a statement pins these, and needs no API key to get them. */
@Controller('.well-known')
export class KeysController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Get('farthing-keys.json')
  async keys() {
    const keys = await runInTransaction(this.parts.dataSource, { readOnly: true }, listKeys);
    return {
      keys: keys.map(({ keyId, publicKey, validFrom, validTo }) => ({
        keyId,
        algorithm: 'Ed25519',
        publicKey,
        validFrom: formatMicros(validFrom),
        ...(validTo === undefined ? {} : { validTo: formatMicros(validTo) }),
      })),
    };
  }
}
