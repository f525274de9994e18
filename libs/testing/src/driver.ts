/** One real Kafka and one real PostgreSQL for a whole test run. */
export interface TestServers {
  /** `host:port`, several by commas. */
  readonly brokers: string;
  /** Of a superuser, in the database `postgres`. */
  readonly databaseUrl: string;
  /** Ends exactly what the driver started, and deletes what it wrote. */
  stop(): Promise<void>;
}

export interface TestDriver {
  start(): Promise<TestServers>;
}
