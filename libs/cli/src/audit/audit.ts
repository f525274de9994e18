import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { auditPositions } from './audit-positions.js';
import { auditProofs } from './audit-proofs.js';
import { auditQueries } from './audit-queries.js';
import type { Finding } from './finding.js';

export interface AuditOptions {
  /** As role `farthing_auditor`. */
  readonly database: string;
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
}

const STATEMENT_TIMEOUT_MS = 300_000;

/** Checks every invariant on one snapshot of all books; what is in flight is left out by position. */
export async function audit(options: AuditOptions): Promise<Finding[]> {
  const logger = createLogger({ service: 'farthing-audit', level: 'silent' });
  const kafka = createKafka({ ...options, clientId: 'farthing-audit', logger });
  const dataSource = await createDataSource({
    url: options.database,
    schema: 'public',
    applicationName: 'farthing-audit',
    logger,
    poolSize: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const snapshot = {
    readOnly: true,
    isolation: 'repeatable read',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    idleInTransactionTimeoutMs: STATEMENT_TIMEOUT_MS,
  } as const;
  try {
    const findings = await runInTransaction(dataSource, snapshot, async (tx) => [
      ...(await auditQueries(tx)),
      await auditPositions(tx, kafka),
      await auditProofs(tx),
    ]);
    return findings.toSorted((a, b) => a.invariant - b.invariant);
  } finally {
    await dataSource.destroy();
  }
}
