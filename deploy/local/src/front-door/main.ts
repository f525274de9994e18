import { frontDoor } from './front-door.js';
import { frontDoorSettings } from './front-door-environment.js';

const { port, upstreams } = frontDoorSettings(process.env);
const door = frontDoor(upstreams);
await door.listen({ port, host: '127.0.0.1' });
process.once('SIGTERM', () => void door.close());
