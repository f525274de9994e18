import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor, pageOf } from '@farthing/adapters/http/cursor';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { BookPrice } from '@farthing/domain/price-book/price-book';
import { Commands } from '../commands.js';
import { refusalProblem } from '../errors.js';
import { Reads } from '../reads.js';
import { candidateFaults } from './check-candidates.js';
import { selectDifferences, selectSums } from './found.repository.js';
import type { ReRating } from './re-rating.js';
import {
  differencesCursor,
  differencesQuery,
  reRatingBody,
  reRatingParams,
  sumsCursor,
  sumsQuery,
} from './re-rating.schema.js';
import { differenceView, reRatingView, sumView } from './re-rating-views.js';
import { applyRefusal } from './apply-refusal.js';
import { selectAppliedRecords } from './records.repository.js';
import {
  insertReRating,
  requestApplying,
  selectProgress,
  selectReRating,
} from './re-ratings.repository.js';
import { ReRatings } from './re-ratings.js';

const SUMS_SHOWN = 1_000;
const LEFT_OUT_SHOWN = 100;

@Controller('v1/re-ratings')
export class ReRatingsController {
  constructor(
    @Inject(Reads) private readonly reads: Reads,
    @Inject(Commands) private readonly commands: Commands,
    @Inject(ReRatings) private readonly reRatings: ReRatings,
  ) {}

  /** Begins a diff against the catalog as of now. */
  @Post()
  @RequiresScope('billing:write')
  async start(
    @CallerTenant() tenant: string,
    @Body({ schema: reRatingBody }) body: z.output<typeof reRatingBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.reRatings.readCatalog();
    const { view } = this.reads;
    const candidates = body.candidates as unknown as readonly BookPrice[];
    const errors = candidateFaults(candidates, { view, tenant });
    if (errors.length > 0) throw refusalProblem('candidate_with_faults', errors);
    const made = {
      tenant,
      id: randomUUID(),
      selectedBy: body.by,
      from: body.from,
      to: body.to,
      customer: body.customer ?? null,
      price: body.price ?? null,
      candidates,
      catalogVersion: view.version,
    };
    return this.commands.run({ request, reply }, tenant, async (tx) => {
      const { id } = made;
      tx.afterCommit(() => this.reRatings.wake());
      return {
        location: `/v1/re-ratings/${id}`,
        body: await viewOf(tx, await insertReRating(tx, made)),
      };
    });
  }

  /** Corrects the charges of a finished diff. */
  @Post(':id/apply')
  @RequiresScope('billing:write')
  apply(
    @CallerTenant() tenant: string,
    @Param({ schema: reRatingParams }) { id }: z.output<typeof reRatingParams>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.commands.run({ request, reply }, tenant, async (tx) => {
      const refusal = applyRefusal(await found(tx, tenant, id));
      if (refusal) throw refusalProblem(refusal);
      if (!(await requestApplying(tx, { tenant, id }))) {
        throw refusalProblem('re_rating_already_applied');
      }
      tx.afterCommit(() => this.reRatings.wake());
      return {
        location: `/v1/re-ratings/${id}`,
        body: await viewOf(tx, await found(tx, tenant, id)),
      };
    });
  }

  @Get(':id')
  @RequiresScope('usage:read')
  async show(
    @CallerTenant() tenant: string,
    @Param({ schema: reRatingParams }) { id }: z.output<typeof reRatingParams>,
  ) {
    return this.reads.asTenant(tenant, async (tx) => viewOf(tx, await found(tx, tenant, id)));
  }

  /** Customers, creators or prices, those that move most first. */
  @Get(':id/sums')
  @RequiresScope('usage:read')
  async sums(
    @CallerTenant() tenant: string,
    @Param({ schema: reRatingParams }) { id }: z.output<typeof reRatingParams>,
    @Query({ schema: sumsQuery }) query: z.output<typeof sumsQuery>,
  ) {
    const { of, limit } = query;
    const after = decodeCursor(query.after, sumsCursor);
    const rows = await this.reads.asTenant(tenant, async (tx) =>
      selectSums(tx, await found(tx, tenant, id), { kind: of, after, rows: limit + 1 }),
    );
    const page = pageOf(rows, limit, ({ moved, name, currency }) => [moved, name, currency]);
    return { ...page, items: page.items.map((row) => ({ [of]: row.name, ...sumView(row) })) };
  }

  /** The charges that would be another amount, or shared otherwise. */
  @Get(':id/differences')
  @RequiresScope('usage:read')
  async differences(
    @CallerTenant() tenant: string,
    @Param({ schema: reRatingParams }) { id }: z.output<typeof reRatingParams>,
    @Query({ schema: differencesQuery }) query: z.output<typeof differencesQuery>,
  ) {
    const { customer, limit } = query;
    const after = decodeCursor(query.after, differencesCursor) ?? [0, 0];
    const rows = await this.reads.asTenant(tenant, async (tx) =>
      selectDifferences(tx, await found(tx, tenant, id), { customer, after, rows: limit + 1 }),
    );
    const page = pageOf(rows, limit, ({ number, at }) => [Number(number), Number(at)]);
    return { ...page, items: page.items.map(differenceView) };
  }
}

async function found(tx: Transaction, tenant: string, id: string): Promise<ReRating> {
  const reRating = await selectReRating(tx, { tenant, id });
  if (!reRating) throw refusalProblem('re_rating_not_found');
  return reRating;
}

async function viewOf(tx: Transaction, reRating: ReRating) {
  const { tenant, state, reached, applyRequested } = reRating;
  const customers = await selectProgress(tx, tenant, reached?.customer);
  const rows = SUMS_SHOWN;
  return reRatingView(reRating, {
    customers:
      state === 'finished' || applyRequested ? { ...customers, done: customers.of } : customers,
    prices: await selectSums(tx, reRating, { kind: 'price', rows }),
    left: await selectSums(tx, reRating, { kind: 'left', rows }),
    applied: applyRequested ? await selectAppliedRecords(tx, reRating, LEFT_OUT_SHOWN) : undefined,
  });
}
