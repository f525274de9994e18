import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Commands } from '../commands.js';
import { refusalProblem } from '../errors.js';
import { chargeParams, reasonText } from '../query-fields.js';
import { requestRefund } from './request-refund.js';
import type { RefundView } from './refund-view.js';

const refundBody = z.strictObject({ reason: reasonText });

/** Money goes back: the scope is that of whoever makes bills. */
@Controller('v1/charges')
@RequiresScope('billing:write')
export class RefundsController {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Post(':id/refund')
  refund(
    @CallerTenant() tenant: string,
    @Param({ schema: chargeParams }) { id }: z.output<typeof chargeParams>,
    @Body({ schema: refundBody }) { reason }: z.output<typeof refundBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ readonly id: string; readonly refund: RefundView }> {
    return this.commands.run({ request, reply }, tenant, async (tx) => {
      const asked = await requestRefund(tx, { tenant, chargeId: id, reason });
      if (asked.outcome === 'refused') throw refusalProblem(asked.reason);
      this.commands.sendAfterCommit(tx, asked.message);
      return {
        location: `/v1/charges/${id}`,
        body: { id, refund: { status: 'requested', reason } },
      };
    });
  }
}
