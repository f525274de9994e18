import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { drainOnSignal, type Drain } from './drain-on-signal.js';

const logger = createLogger({ service: 'test', level: 'silent' });

afterEach(() => {
  process.removeAllListeners('SIGTERM');
  process.removeAllListeners('SIGINT');
});

function drain(steps: Drain['steps'], deadlineMs?: number): Promise<number> {
  return new Promise((exit) => {
    drainOnSignal({ steps, logger, exit, ...(deadlineMs !== undefined && { deadlineMs }) });
    process.emit('SIGTERM');
  });
}

test('steps are closed in their order, and the process ends well', async () => {
  const closed: string[] = [];
  const step = (name: string) => ({ name, close: async () => closed.push(name) });
  expect(await drain([step('server'), step('consumer'), step('pool')])).toBe(0);
  expect(closed).toEqual(['server', 'consumer', 'pool']);
});

test('a step that fails does not keep the others open, and the exit code tells', async () => {
  const closed: string[] = [];
  const failing = { name: 'server', close: () => Promise.reject(new Error('stuck')) };
  expect(await drain([failing, { name: 'pool', close: async () => closed.push('pool') }])).toBe(1);
  expect(closed).toEqual(['pool']);
});

test('a drain that never ends is cut at its deadline, or by a second signal', async () => {
  const hanging = [{ name: 'server', close: () => new Promise(() => undefined) }];
  expect(await drain(hanging, 30)).toBe(1);
  const codes: number[] = [];
  drainOnSignal({ steps: hanging, logger, exit: (code) => codes.push(code), deadlineMs: 60_000 });
  process.emit('SIGINT');
  process.emit('SIGINT');
  expect(codes).toContain(130);
});
