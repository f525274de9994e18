export const RATED = 1;
