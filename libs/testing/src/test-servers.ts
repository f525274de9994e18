/** Of the brokers that this run uses: `host:port`, several. */
export function testBrokers(): string[] {
  return required('FARTHING_KAFKA_BROKERS').split(',');
}

/** Of a superuser of the server that this run uses. */
export function testDatabaseUrl(): string {
  return required('FARTHING_DATABASE_URL');
}

function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run this spec in a project with the global set-up`);
  return value;
}
