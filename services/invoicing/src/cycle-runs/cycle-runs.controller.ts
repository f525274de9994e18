import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { decodeCursor } from '@farthing/adapters/http/cursor';
import { answerOnce, type Answer } from '@farthing/adapters/http/idempotency';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { parseMicros } from '@farthing/domain/period/micros';
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { API_PARTS, readAs, type ApiParts } from '../api-parts.js';
import { problemOf } from '../errors.js';
import { listDocument, listQuery } from '../list-query.js';
import { changeRun, startRun, type RunChange } from './change-run.js';
import { cycleRunDocument, type CycleRunDocument } from './cycle-run-document.js';
import { listRuns, readRun } from './cycle-runs.repository.js';

const startBody = z.strictObject({
  closesBefore: z.string().transform((text, context) => {
    const parsed = parseMicros(text);
    if (parsed.outcome === 'parsed') return parsed.micros;
    context.addIssue({
      code: 'custom',
      message: 'must be an RFC 3339 instant',
      params: { code: parsed.reason },
    });
    return z.NEVER;
  }),
});
const cursor = z.tuple([z.number(), z.string()]);
const CHANGES: readonly RunChange[] = ['pause', 'resume', 'approve', 'abandon'];

@Controller('v1/cycle-runs')
export class CycleRunsController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Post()
  @RequiresScope('billing:write')
  async start(
    @CallerTenant() tenant: string,
    @Body({ schema: startBody }) body: z.output<typeof startBody>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answer(tenant, { request, reply }, async (tx) => {
      const now = this.parts.clock.nowMicros();
      const outcome = await startRun(tx, { tenant, closesBefore: body.closesBefore, now });
      if (outcome.outcome === 'refused') throw problemOf(outcome.reason);
      const status = outcome.outcome === 'started' ? 201 : 200;
      return { status, body: await cycleRunDocument(tx, outcome.run, this.parts.partitions) };
    });
  }

  @Get()
  @RequiresScope('billing:read')
  async list(
    @CallerTenant() tenant: string,
    @Query({ schema: listQuery }) { limit, after }: z.output<typeof listQuery>,
  ) {
    const before = decodeCursor(after, cursor);
    return readAs(this.parts, tenant, async (tx) => {
      const runs = await listRuns(tx, tenant, { before, limit: limit + 1 });
      const documents = new Map<string, CycleRunDocument>();
      for (const run of runs) {
        documents.set(run.id, await cycleRunDocument(tx, run, this.parts.partitions));
      }
      return listDocument(runs, limit, {
        itemOf: (run) => documents.get(run.id)!,
        cursorOf: (run) => [run.closesBefore, run.id],
      });
    });
  }

  @Get(':id')
  @RequiresScope('billing:read')
  async show(@CallerTenant() tenant: string, @Param('id') id: string) {
    return readAs(this.parts, tenant, async (tx) => {
      const run = await readRun(tx, { tenant, id });
      if (!run) throw problemOf('run_not_found');
      return cycleRunDocument(tx, run, this.parts.partitions);
    });
  }

  @Post(':id/:change')
  @RequiresScope('billing:write')
  async change(
    @CallerTenant() tenant: string,
    @Param({ schema: z.object({ id: z.string(), change: z.enum(CHANGES) }) })
    { id, change }: { id: string; change: RunChange },
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (change === 'resume') await this.parts.catalog.readToEndAsOfNow();
    const catalogVersion = this.parts.catalog.view.version;
    await this.answer(tenant, { request, reply }, async (tx) => {
      const outcome = await changeRun(tx, { tenant, id }, { change, catalogVersion });
      if (outcome.outcome === 'refused') throw problemOf(outcome.reason);
      return { status: 200, body: await cycleRunDocument(tx, outcome.run, this.parts.partitions) };
    });
  }

  private async answer(
    tenant: string,
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    work: (tx: Transaction) => Promise<Answer<CycleRunDocument>>,
  ): Promise<void> {
    const { dataSource } = this.parts;
    const { status, body } = await answerOnce(
      { dataSource, tenant: { tenantId: tenant }, request },
      work,
    );
    this.parts.wakeRuns();
    await reply.code(status).send(body);
  }
}
