import { type ServiceName, serviceNames } from '../service-names.js';

export type Upstreams = Readonly<Record<ServiceName, string>>;

/** What the front door's process is started with; `frontDoorSettings` reads it there. */
export function frontDoorEnvironment(
  port: number,
  upstreams: Readonly<Record<string, string>>,
): Record<string, string> {
  const urls = serviceNames.map((service) => [variable(service), upstreams[service]!]);
  return { FARTHING_FRONT_DOOR_PORT: String(port), ...Object.fromEntries(urls) };
}

/** Throws one error that names every fault. */
export function frontDoorSettings(environment: NodeJS.ProcessEnv): {
  readonly port: number;
  readonly upstreams: Upstreams;
} {
  const faults: string[] = [];
  const port = Number(environment.FARTHING_FRONT_DOOR_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    faults.push('FARTHING_FRONT_DOOR_PORT is not a port');
  const urls = serviceNames.map((service) => {
    const url = environment[variable(service)] ?? '';
    if (!URL.canParse(url)) faults.push(`${variable(service)} is not a URL`);
    return [service, url];
  });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return { port, upstreams: Object.fromEntries(urls) as Upstreams };
}

function variable(service: ServiceName): string {
  return `FARTHING_UPSTREAM_${service.toUpperCase()}`;
}
