export const NANOS = 1n;
