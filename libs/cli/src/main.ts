#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './program.js';
import { EXIT } from './terminal/exit-codes.js';
import { describeFailure } from './terminal/failure.js';

process.on('SIGINT', () => process.exit(EXIT.interrupted));

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = EXIT.failed;
  }
}
