import { freePort } from '@farthing/local/servers/free-port';
import { GenericContainer, Wait, getContainerRuntimeClient } from 'testcontainers';
import type { TestDriver, TestServers } from './driver.js';

const KAFKA_IMAGE = 'apache/kafka:4.3.0';
const POSTGRES_IMAGE = 'postgres:18';

/** The official images, or the ones that `FARTHING_TEST_KAFKA_IMAGE` and `FARTHING_TEST_POSTGRES_IMAGE` name. */
export const containersDriver: TestDriver = {
  async start(): Promise<TestServers> {
    const [kafka, postgres] = await Promise.all([startKafkaContainer(), startPostgresContainer()]);
    return {
      brokers: kafka.brokers,
      databaseUrl: postgres.url,
      stop: async () => {
        await Promise.all([kafka.container.stop(), postgres.container.stop()]);
      },
    };
  },
};

export async function containerEngineAnswers(): Promise<boolean> {
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

/** A broker tells clients where it is, so the port outside must be known before it starts. */
async function startKafkaContainer() {
  const port = await freePort();
  const container = await new GenericContainer(process.env.FARTHING_TEST_KAFKA_IMAGE ?? KAFKA_IMAGE)
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return { container, brokers: `127.0.0.1:${port}` };
}

async function startPostgresContainer() {
  const password = 'testing';
  const container = await new GenericContainer(
    process.env.FARTHING_TEST_POSTGRES_IMAGE ?? POSTGRES_IMAGE,
  )
    .withExposedPorts(5432)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    // The image starts a server for its own set-up first, and restarts it.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start();
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`;
  return { container, url: `postgres://postgres:${password}@${address}/postgres` };
}
