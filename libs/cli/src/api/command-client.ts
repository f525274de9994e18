import type { Command } from 'commander';
import { ApiClient } from '@farthing/adapters/http/api-client';

/** From the global options `--url` and `--key`. */
export function apiClientOf(command: Command): ApiClient {
  const { url, key } = command.optsWithGlobals<{ url?: string; key?: string }>();
  if (!url)
    command.error('no --url and no FARTHING_URL: where is the front door?', { exitCode: 2 });
  if (!key) command.error('no --key and no FARTHING_API_KEY', { exitCode: 2 });
  return new ApiClient(url as string, key as string);
}

/** Whether `--json` was given. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
