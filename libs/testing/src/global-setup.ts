import type { TestDriver } from './driver.js';

/**
 * Vitest's global set-up of the projects that need servers. The ones that the environment names are used and left
 * alone; otherwise a Kafka and a PostgreSQL are started, shared by every spec file, and stopped at the end.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const { env } = process;
  if (env.FARTHING_KAFKA_BROKERS && env.FARTHING_DATABASE_URL) return undefined;
  if (env.FARTHING_KAFKA_BROKERS || env.FARTHING_DATABASE_URL) {
    throw new Error('name both FARTHING_KAFKA_BROKERS and FARTHING_DATABASE_URL, or neither');
  }
  const servers = await (await chooseDriver()).start();
  // Vitest's workers are started after this and inherit it.
  env.FARTHING_KAFKA_BROKERS = servers.brokers;
  env.FARTHING_DATABASE_URL = servers.databaseUrl;
  return () => servers.stop();
}

/** `FARTHING_TEST_DRIVER=containers` where an engine answers; child processes everywhere else. */
async function chooseDriver(): Promise<TestDriver> {
  if (process.env.FARTHING_TEST_DRIVER === 'containers') {
    const { containerEngineAnswers, containersDriver } = await import('./containers-driver.js');
    if (await containerEngineAnswers()) return containersDriver;
    process.stderr.write('No container engine answers: the tests use child processes instead.\n');
  }
  const { processesDriver } = await import('./processes-driver.js');
  return processesDriver;
}
