import { expect, it } from 'vitest';
import { kafkaProperties } from './kafka-properties.js';

it('states each setting once, local over common, and doubles a backslash in the path', () => {
  const text = kafkaProperties(
    {
      common: { 'message.max.bytes': '1', 'num.partitions': '3' },
      local: { 'num.partitions': '8' },
    },
    { port: 21_000, controllerPort: 21_001, dataFolder: 'C:\\data' },
  );
  const lines = text.trimEnd().split('\n');
  expect(new Set(lines.map((line) => line.split('=')[0])).size).toBe(lines.length);
  expect(lines).toContain('num.partitions=8');
  expect(lines).toContain('message.max.bytes=1');
  expect(lines).toContain('log.dirs=C:\\\\data');
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:21000,CONTROLLER://127.0.0.1:21001');
});
