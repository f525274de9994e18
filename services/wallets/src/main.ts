import { drainOnSignal } from '@farthing/adapters/config/drain-on-signal';
import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { startWallets } from './app.module.js';
import { walletsConfig } from './config.js';

const config = loadConfig(walletsConfig);
const logger = createLogger({ service: 'wallets', level: config.FARTHING_LOG_LEVEL });
const { steps } = await startWallets(config, logger);
drainOnSignal({ steps, logger });
logger.info({ port: config.FARTHING_HTTP_PORT }, 'wallets is up');
