import { databaseUrl, durationMs, kafkaShape } from '@farthing/adapters/config/config-pieces';
import { parseMicros } from '@farthing/domain/period/micros';
import { z } from 'zod';

const instant = z.string().transform((text, context) => {
  const parsed = parseMicros(text);
  if (parsed.outcome === 'parsed') return parsed.micros;
  context.addIssue({ code: 'custom', message: 'must be an RFC 3339 instant' });
  return z.NEVER;
});

/** The environment of a replay: rating's, as far as charges depend on it, two databases, and what is compared. */
export const replayConfig = z
  .object({
    FARTHING_KAFKA_BROKERS: kafkaShape.FARTHING_KAFKA_BROKERS,
    FARTHING_TOPIC_PREFIX: kafkaShape.FARTHING_TOPIC_PREFIX,
    FARTHING_SESSION_TIMEOUT: kafkaShape.FARTHING_SESSION_TIMEOUT,
    /** As rating has it: it decides which events are `too_late`. */
    FARTHING_DEDUPE_HORIZON: durationMs.default(100 * 86_400_000),
    /** The books, as a role that reads the charges of all tenants. */
    FARTHING_AUDITOR_URL: databaseUrl,
    /** A server on which a database may be made, as a role that may do so and passes row-level security. */
    FARTHING_SCRATCH_URL: databaseUrl,
    /** Of `occurredAt`, half-open. */
    FARTHING_REPLAY_FROM: instant,
    FARTHING_REPLAY_TO: instant,
    FARTHING_REPLAY_TENANT: z.string().optional(),
  })
  .refine(({ FARTHING_REPLAY_FROM: from, FARTHING_REPLAY_TO: to }) => from < to, {
    path: ['FARTHING_REPLAY_TO'],
    message: 'must be after FARTHING_REPLAY_FROM',
  });

export type ReplayConfig = z.output<typeof replayConfig>;
