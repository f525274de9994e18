export const CLOCK = 1;
