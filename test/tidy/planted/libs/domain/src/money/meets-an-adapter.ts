import { CLOCK } from '../../../adapters/src/config/clock.js';

export const MET = CLOCK;
