import { isAlive } from '../servers/child-process.js';
import { freePort } from '../servers/free-port.js';
import { type ServiceName, serviceNames } from '../service-names.js';
import type { StackRecord } from './stack-record.js';
import type { ServicePorts, StackState } from './state-file.js';

/**
 * Ports for every service and the front door: those of the last start, unless something else has
 * taken one since.
 */
export async function allotPorts(
  record: StackRecord,
): Promise<Pick<StackState, 'ports' | 'frontDoorPort'>> {
  const { state, options } = record;
  const ports: Partial<Record<ServiceName, ServicePorts>> = {};
  for (const service of serviceNames) {
    const known = state.ports[service];
    const running = state.services[service];
    const listens = known && running && isAlive(running) && !lacksPort(service, known);
    ports[service] = listens ? known : await portsFor(service, known);
  }
  const standing = state.frontDoor && isAlive(state.frontDoor) && state.frontDoorPort;
  const wanted = state.frontDoorPort ?? options.frontDoorPort;
  return { ports, frontDoorPort: standing || (await freePort(wanted)) };
}

const speaksGrpc: readonly ServiceName[] = ['catalog', 'wallets'];

/** An earlier version gave the service no port for gRPC: it is started again anyway. */
function lacksPort(service: ServiceName, known: ServicePorts): boolean {
  return speaksGrpc.includes(service) && known.grpc === undefined;
}

async function portsFor(
  service: ServiceName,
  known: ServicePorts | undefined,
): Promise<ServicePorts> {
  return {
    http: await freePort(known?.http),
    management: await freePort(known?.management),
    ...(speaksGrpc.includes(service) && { grpc: await freePort(known?.grpc) }),
  };
}
