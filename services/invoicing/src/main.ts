import { drainOnSignal } from '@farthing/adapters/config/drain-on-signal';
import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { startInvoicing } from './app.module.js';
import { invoicingConfig } from './config.js';

const config = loadConfig(invoicingConfig);
const logger = createLogger({ service: 'invoicing', level: config.FARTHING_LOG_LEVEL });
const { steps } = await startInvoicing(config, logger);
drainOnSignal({ steps, logger });
logger.info({ port: config.FARTHING_HTTP_PORT }, 'invoicing is up');
