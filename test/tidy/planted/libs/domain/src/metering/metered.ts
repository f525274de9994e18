export const METERED = 1;
