export const LEDGER = 1;
