import { Command } from 'commander';
import { addAuditCommand } from './audit/audit-command.js';
import { addChargeCommands } from './charges/charge-commands.js';
import { addInvoiceCommands } from './documents/invoice-commands.js';
import { addStatementCommands } from './documents/statement-commands.js';
import { addVerifyCommand } from './documents/verify-command.js';
import { addEventCommands } from './events/event-commands.js';
import { addLogCommands } from './log/log-commands.js';
import { addPriceCommands } from './prices/price-commands.js';
import { addRerateCommand } from './re-ratings/rerate-command.js';
import { addReplayCommand } from './replay/replay-command.js';
import { addRunCommands } from './runs/run-commands.js';

/** The command `farthing`. Throws `CommanderError` for wrong usage instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('farthing')
    .description('Usage metering and billing for micro-payments: for billing ops and SREs.')
    .option('--url <url>', 'base URL of the front door [FARTHING_URL]', process.env.FARTHING_URL)
    .option('--key <key>', "the tenant's API key [FARTHING_API_KEY]", process.env.FARTHING_API_KEY)
    .option('--json', 'print JSON on stdout')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  addEventCommands(program);
  addChargeCommands(program);
  addPriceCommands(program);
  addRerateCommand(program);
  addRunCommands(program);
  addInvoiceCommands(program);
  addStatementCommands(program);
  addVerifyCommand(program);
  addLogCommands(program);
  addAuditCommand(program);
  addReplayCommand(program);
  return program;
}
