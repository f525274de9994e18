import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import type { ChargeLeaf } from '@farthing/domain/proof/charge-leaf';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { API_PARTS, readAs, type ApiParts } from '../api-parts.js';
import { problemOf } from '../errors.js';
import { readLeafOf } from './read-statements.js';
import { signedReceipt, type SignedReceipt } from './receipt.js';

@Controller('v1/charges')
@RequiresScope('billing:read')
export class ReceiptsController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Get(':id/receipt')
  async receipt(@CallerTenant() tenant: string, @Param('id') id: string): Promise<SignedReceipt> {
    const origin = parseChargeId(id);
    if (!origin) throw problemOf('charge_not_found');
    const stored = await readAs(this.parts, tenant, (tx) => readLeafOf(tx, tenant, origin));
    if (!stored) throw problemOf('charge_not_found');
    const leaf = JSON.parse(stored.leaf) as ChargeLeaf;
    const price = this.parts.catalog.view.price(tenant, leaf.price, leaf.priceVersion);
    if (!price) throw problemOf('price_unknown');
    this.parts.metrics.receiptSigned();
    return signedReceipt(leaf, price, this.parts.signingKey);
  }
}
