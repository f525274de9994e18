import type { Command } from 'commander';
import { wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { printJson, printLine } from '../terminal/print.js';
import { audit } from './audit.js';
import type { Finding } from './finding.js';

interface AuditFlags {
  readonly database?: string;
  readonly brokers?: string;
  readonly topicPrefix: string;
}

export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('prove the invariants on the books as they are now')
    .option(
      '--database <url>',
      'as role farthing_auditor [FARTHING_AUDITOR_URL]',
      process.env.FARTHING_AUDITOR_URL,
    )
    .option(
      '--brokers <list>',
      'Kafka brokers [FARTHING_KAFKA_BROKERS]',
      process.env.FARTHING_KAFKA_BROKERS,
    )
    .option(
      '--topic-prefix <prefix>',
      '[FARTHING_TOPIC_PREFIX]',
      process.env.FARTHING_TOPIC_PREFIX ?? '',
    )
    .action(run);
}

async function run(flags: AuditFlags, command: Command): Promise<void> {
  const { database, brokers, topicPrefix } = flags;
  if (database === undefined)
    return command.error('no --database and no FARTHING_AUDITOR_URL', { exitCode: 2 });
  if (brokers === undefined)
    return command.error('no --brokers and no FARTHING_KAFKA_BROKERS', { exitCode: 2 });
  const findings = await audit({ database, brokers: brokers.split(','), topicPrefix });
  const violated = findings.filter(({ violations }) => violations.length > 0);
  if (violated.length > 0) process.exitCode = EXIT.failed;
  if (wantsJson(command)) return printJson(findings);
  for (const finding of findings) show(finding);
  printLine(
    violated.length === 0
      ? `all ${findings.length} invariants hold`
      : `${violated.length} of ${findings.length} invariants are violated`,
  );
}

function show({ invariant, sentence, violations }: Finding): void {
  const verdict = violations.length === 0 ? 'holds' : `${violations.length} violations`;
  printLine(`${String(invariant).padStart(2)}  ${verdict.padEnd(14)} ${sentence}`);
  for (const violation of violations.slice(0, 10)) printLine(`      ${JSON.stringify(violation)}`);
}
