import {
  databaseShape,
  durationMs,
  httpShape,
  kafkaShape,
  serviceConfig,
} from '@farthing/adapters/config/config-pieces';
import { z } from 'zod';

/** The environment of this service. */
export const ratingConfig = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  ...databaseShape,
  /** How long a key is remembered; events that occurred earlier are `too_late`. */
  FARTHING_DEDUPE_HORIZON: durationMs.default(100 * 86_400_000),
  /** Customers of one partition that a process keeps in memory before it forgets the least recent. */
  FARTHING_CUSTOMERS_IN_MEMORY: z
    .string()
    .regex(/^[1-9]\d{1,6}$/, 'must be a number of customers')
    .transform(Number)
    .default(5_000),
});

export type RatingConfig = z.output<typeof ratingConfig>;
