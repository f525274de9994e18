import { drainOnSignal } from '@farthing/adapters/config/drain-on-signal';
import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { startCatalog } from './app.module.js';
import { catalogConfig } from './config.js';

const config = loadConfig(catalogConfig);
const logger = createLogger({ service: 'catalog', level: config.FARTHING_LOG_LEVEL });
const { steps } = await startCatalog(config, logger);
drainOnSignal({ steps, logger });
logger.info({ port: config.FARTHING_HTTP_PORT }, 'catalog is up');
