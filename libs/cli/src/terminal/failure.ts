import { ApiError } from '@farthing/adapters/http/api-client';

/** One or two lines that a person can act on. */
export function describeFailure(error: unknown): string {
  if (error instanceof ApiError) {
    const faults = error.errors.map(
      (fault) => `\n  ${fault.pointer ?? ''} ${fault.code}: ${fault.detail}`,
    );
    return `${error.code}: ${error.message}${faults.join('')}`;
  }
  const { message, cause } = error as Error;
  const reason = (cause as { code?: string; message?: string } | undefined) ?? {};
  return reason.code || reason.message ? `${message}: ${reason.code ?? reason.message}` : message;
}
