import { z } from 'zod';
import {
  databaseShape,
  httpShape,
  kafkaShape,
  port,
  serviceConfig,
} from '@farthing/adapters/config/config-pieces';

/** The environment of this service. */
export const catalogConfig = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  ...databaseShape,
  FARTHING_OPERATOR_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{16,255}$/, 'must be 16 to 255 visible ASCII characters'),
  FARTHING_CATALOG_GRPC_PORT: port,
});

export type CatalogConfig = z.output<typeof catalogConfig>;
