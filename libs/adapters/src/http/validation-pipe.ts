import { StandardSchemaValidationPipe } from '@nestjs/common';
import { Problem, type ProblemError } from './problem.js';

type PipeOptions = NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>;
type Issues = Parameters<NonNullable<PipeOptions['exceptionFactory']>>[0];

const MAX_ERRORS = 50;

/**
 * Validates what a parameter decorator names: `@Body({ schema })`, `@Query({ schema })`, `@Param({ schema })` with a
 * zod schema. The controller gets the schema's output; a fault is a 400 with one entry and pointer per issue.
 */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues: Issues) =>
      new Problem({
        status: 400,
        code: 'invalid_request',
        detail: `${issues.length} fault(s) in the request`,
        errors: issues.slice(0, MAX_ERRORS).map(errorFrom),
      }),
  });
}

function errorFrom(issue: Issues[number]): ProblemError {
  const segments = (issue.path ?? []).map((segment) =>
    typeof segment === 'object' ? segment.key : segment,
  );
  return { code: codeOf(issue), detail: issue.message, pointer: pointerTo(segments) };
}

/** RFC 6901; the whole document is the empty string. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** zod's own code, or the one that a custom check names: `context.addIssue({ …, params: { code } })`. */
function codeOf(issue: object): string {
  const { code, params } = issue as { code?: unknown; params?: { code?: unknown } };
  if (typeof params?.code === 'string') return params.code;
  return typeof code === 'string' ? code : 'invalid';
}
