import { fileURLToPath } from 'node:url';

/** The clone's folder. `src` and `dist` lie equally deep, so it holds for both. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));
