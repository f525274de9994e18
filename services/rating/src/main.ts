import { drainOnSignal } from '@farthing/adapters/config/drain-on-signal';
import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { startRating } from './app.module.js';
import { ratingConfig } from './config.js';

const config = loadConfig(ratingConfig);
const logger = createLogger({ service: 'rating', level: config.FARTHING_LOG_LEVEL });
const { steps } = await startRating(config, logger);
drainOnSignal({ steps, logger });
logger.info({ port: config.FARTHING_HTTP_PORT }, 'rating is up');
