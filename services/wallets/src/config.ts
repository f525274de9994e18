import {
  databaseShape,
  databaseUrl,
  durationMs,
  httpShape,
  kafkaShape,
  serviceConfig,
} from '@farthing/adapters/config/config-pieces';
import type { z } from 'zod';

/** The environment of wallets. */
export const walletsConfig = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  ...databaseShape,
  FARTHING_DATABASE_OWNER_URL: databaseUrl,
  /** How long after its end a grant can still pay what occurred before it. */
  FARTHING_GRANT_SETTLE: durationMs.default(60_000),
});

export type WalletsConfig = z.output<typeof walletsConfig>;
