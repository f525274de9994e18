export const FIXED = 1;
