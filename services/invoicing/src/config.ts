import {
  databaseShape,
  httpShape,
  kafkaShape,
  serviceConfig,
} from '@farthing/adapters/config/config-pieces';
import { z } from 'zod';

/** The environment of the service. */
export const invoicingConfig = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  ...databaseShape,
  /** Holds the private key that seals runs and receipts; made when absent. */
  FARTHING_KEYS_DIR: z.string().min(1),
  FARTHING_CATALOG_GRPC_URL: z.string().optional(),
});

export type InvoicingConfig = z.output<typeof invoicingConfig>;
