import {
  durationMs,
  httpShape,
  kafkaShape,
  port,
  serviceConfig,
} from '@farthing/adapters/config/config-pieces';
import { z } from 'zod';

const count = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'must be a positive whole number')
  .transform(Number);

/** The environment of ingestion. It has no database. */
export const ingestionConfig = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  FARTHING_PARTITIONS: count.default(8),
  FARTHING_INGESTION_GRPC_PORT: port,
  FARTHING_CATALOG_GRPC_URL: z
    .string()
    .regex(/^[^\s/:]+:\d{1,5}$/, 'must be host:port')
    .describe('where catalog answers which customers exist'),
  /** From the arrival of a request's body to its answer. */
  FARTHING_ACK_DEADLINE: durationMs.default(5_000),
  FARTHING_DEDUPE_HORIZON: durationMs.default(100 * 86_400_000),
  FARTHING_MAX_LINGER: durationMs.default(10),
  FARTHING_CUSTOMER_LOOKUP_DEADLINE: durationMs.default(250),
  FARTHING_KNOWN_CUSTOMERS_MAX: count.default(100_000),
  /** Bytes of requests in memory. */
  FARTHING_BYTES_IN_HAND_MAX: count.default(32 * 1024 * 1024),
  FARTHING_TENANT_EVENTS_PER_SECOND: count.default(1_000_000),
  FARTHING_TENANT_BURST_EVENTS: count.default(2_000_000),
  FARTHING_KEY_EVENTS_PER_SECOND: count.default(1_000_000),
  FARTHING_KEY_BURST_EVENTS: count.default(2_000_000),
});

export type IngestionConfig = z.output<typeof ingestionConfig>;
