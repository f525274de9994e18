import { LEDGER } from '../../wallets/src/ledger.js';

export const CROSSED = LEDGER;
