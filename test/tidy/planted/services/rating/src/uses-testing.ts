import { FIXED } from '../../../libs/testing/src/fixed-clock.js';

export const USED = FIXED;
