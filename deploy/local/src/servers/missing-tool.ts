/** Something that the machine must have and has not: one sentence that names it and what to do. */
export class MissingTool extends Error {
  override readonly name = 'MissingTool';
}

export const oldestJava = 17;

/**
 * The major version in what `java -version` prints: `openjdk version "17.0.15" …`, `java version
 * "1.8.0_392"`.
 */
export function javaMajorVersion(text: string): number | undefined {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  return first === 1 ? Number(match[2]) : first;
}

/** The sentence for a machine whose `java -version` printed `text` (`undefined`: no java). */
export function javaComplaint(text: string | undefined): string | undefined {
  const major = text === undefined ? undefined : javaMajorVersion(text);
  if (major !== undefined && major >= oldestJava) return undefined;
  const found = text === undefined ? 'no `java`' : javaNamed(major);
  return (
    `Farthing's local Kafka needs Java ${oldestJava} or newer and there is ${found} here: ` +
    'install a JDK or JRE, or name a Kafka of your own in FARTHING_KAFKA_BROKERS.'
  );
}

function javaNamed(major: number | undefined): string {
  return major === undefined ? 'one that does not tell its version' : `Java ${major}`;
}

export function mavenComplaint(): string {
  return (
    "Farthing's local Kafka is fetched once by Maven and there is no `mvn` here: " +
    'install Maven, or name a Kafka of your own in FARTHING_KAFKA_BROKERS.'
  );
}

export function postgresComplaint(platform: string, architecture: string): string {
  return (
    `There is no PostgreSQL build from npm for ${platform} on ${architecture} in node_modules: ` +
    'name a PostgreSQL of your own in FARTHING_DATABASE_URL.'
  );
}
