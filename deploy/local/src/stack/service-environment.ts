import type { SchemaUrls } from '../declared/roles.js';
import type { ServiceName } from '../service-names.js';
import type { ServicePorts } from './state-file.js';

export type ServiceSurroundings = {
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly ports: ServicePorts;
  readonly catalogGrpcPort: number;
  /** Of the service's own schema; a service without one gets no database. */
  readonly database: SchemaUrls | undefined;
  readonly operatorKey: string;
  readonly keysFolder: string;
  readonly clockOffsetMs: string | undefined;
};

const askCatalog: readonly ServiceName[] = ['ingestion', 'wallets', 'invoicing'];

/**
 * The contract of `deploy/local/README.md`: every FARTHING_ variable that a service is started
 * with.
 */
export function serviceEnvironment(
  service: ServiceName,
  around: ServiceSurroundings,
): Record<string, string> {
  const { ports, database } = around;
  return {
    FARTHING_ENV: 'development',
    FARTHING_LOG_LEVEL: 'info',
    FARTHING_KAFKA_BROKERS: around.brokers,
    FARTHING_TOPIC_PREFIX: around.topicPrefix,
    FARTHING_PARTITIONS: String(around.partitions),
    FARTHING_HTTP_PORT: String(ports.http),
    FARTHING_MANAGEMENT_PORT: String(ports.management),
    ...(database && {
      FARTHING_DATABASE_OWNER_URL: database.owner,
      FARTHING_DATABASE_API_URL: database.api,
      FARTHING_DATABASE_BATCH_URL: database.batch,
    }),
    ...(service === 'catalog' && {
      FARTHING_OPERATOR_KEY: around.operatorKey,
      FARTHING_CATALOG_GRPC_PORT: String(around.catalogGrpcPort),
    }),
    ...(service === 'wallets' && { FARTHING_WALLETS_GRPC_PORT: String(ports.grpc) }),
    ...(askCatalog.includes(service) && {
      FARTHING_CATALOG_GRPC_URL: `127.0.0.1:${around.catalogGrpcPort}`,
    }),
    ...(service === 'invoicing' && { FARTHING_KEYS_DIR: around.keysFolder }),
    ...(around.clockOffsetMs !== undefined && { FARTHING_CLOCK_OFFSET_MS: around.clockOffsetMs }),
  };
}
