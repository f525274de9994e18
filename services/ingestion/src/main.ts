import 'reflect-metadata';
import { drainOnSignal } from '@farthing/adapters/config/drain-on-signal';
import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { startIngestion } from './app.module.js';
import { ingestionConfig } from './config.js';

const config = loadConfig(ingestionConfig);
const logger = createLogger({ service: 'ingestion', level: config.FARTHING_LOG_LEVEL });
drainOnSignal({ logger, steps: await startIngestion(config, logger) });
