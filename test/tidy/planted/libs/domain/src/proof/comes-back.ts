import { GOES } from './goes-round.js';

export const ROUND = () => GOES;
