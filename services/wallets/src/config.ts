import {
  databaseShape,
  databaseUrl,
  durationMs,
  httpShape,
  kafkaShape,
  port,
  serviceConfig,
} from '@farthing/adapters/config/config-pieces';
import { z } from 'zod';

/** The environment of wallets. */
export const walletsConfig = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  ...databaseShape,
  FARTHING_DATABASE_OWNER_URL: databaseUrl,
  /** How long after its end a grant can still pay what occurred before it. */
  FARTHING_GRANT_SETTLE: durationMs.default(60_000),
  FARTHING_WALLETS_GRPC_PORT: port,
  FARTHING_CATALOG_GRPC_URL: z
    .string()
    .regex(/^[^\s/:]+:\d{1,5}$/, 'must be host:port')
    .describe('where catalog takes the key that quotes are signed with'),
  /** How long after the time of the use a quote binds. */
  FARTHING_QUOTE_TTL: durationMs.default(600_000),
});

export type WalletsConfig = z.output<typeof walletsConfig>;
