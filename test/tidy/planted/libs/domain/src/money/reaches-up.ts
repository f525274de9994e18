import { RATED } from '../rating/rated.js';

export const UP = RATED;
