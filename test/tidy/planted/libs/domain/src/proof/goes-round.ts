import { ROUND } from './comes-back.js';

export const GOES = () => ROUND;
