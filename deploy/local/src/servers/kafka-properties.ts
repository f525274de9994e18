export type BrokerDeclaration = {
  readonly common: Readonly<Record<string, string>>;
  readonly local: Readonly<Record<string, string>>;
};

/** `server.properties` of one process that is broker and controller (KRaft), on loopback only. */
export function kafkaProperties(
  declared: BrokerDeclaration,
  place: { readonly port: number; readonly controllerPort: number; readonly dataFolder: string },
): string {
  const broker = `127.0.0.1:${place.port}`;
  const controller = `127.0.0.1:${place.controllerPort}`;
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${broker}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': escapeValue(place.dataFolder),
    ...declared.common,
    ...declared.local,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** A backslash escapes in a Java properties file, so one in a path is doubled. */
function escapeValue(path: string): string {
  return path.replaceAll('\\', '\\\\');
}
