import { LEDGER } from '../../../services/wallets/src/ledger.js';

export const READ = LEDGER;
