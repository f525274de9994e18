import { METERED } from '../../../domain/src/metering/metered.js';

export const RUN = METERED;
