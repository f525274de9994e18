import { NANOS } from '../../../domain/src/money/nanos.js';

export const KNOWN = NANOS;
