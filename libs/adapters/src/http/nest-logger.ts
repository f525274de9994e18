import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../telemetry/logger.js';

/** Nest's own lines in our format; its start-up chatter is `debug`. */
export function nestLogger(logger: Logger): LoggerService {
  const child = logger.child({ component: 'nest' });
  return {
    log: (message: unknown, ...rest: unknown[]) => child.debug(joined(message, rest)),
    debug: (message: unknown, ...rest: unknown[]) => child.debug(joined(message, rest)),
    verbose: (message: unknown, ...rest: unknown[]) => child.trace(joined(message, rest)),
    warn: (message: unknown, ...rest: unknown[]) => child.warn(joined(message, rest)),
    error: (message: unknown, ...rest: unknown[]) => child.error(joined(message, rest)),
    fatal: (message: unknown, ...rest: unknown[]) => child.fatal(joined(message, rest)),
  };
}

function joined(message: unknown, rest: readonly unknown[]): string {
  return [message, ...rest].map(String).join(' ');
}
