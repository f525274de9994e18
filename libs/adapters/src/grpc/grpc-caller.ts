import { RpcException } from '@nestjs/microservices';
import { status, type Metadata } from '@grpc/grpc-js';
import {
  authenticate,
  authenticationProblem,
  scopeProblem,
  type KeyLookup,
} from '../http/bearer-auth.js';

/**
 * The tenant whose key the metadata `authorization` presents, as HTTP's header of that name would. Throws
 * UNAUTHENTICATED or PERMISSION_DENIED with the code that HTTP has for it as the message.
 */
export function grpcCallerTenant(metadata: Metadata, lookup: KeyLookup, scope: string): string {
  const answer = authenticate(authorizationOf(metadata), lookup);
  if (answer.outcome === 'refused') {
    const message = authenticationProblem(answer.code).facts.code;
    throw new RpcException({ code: status.UNAUTHENTICATED, message });
  }
  if (!answer.scopes.includes(scope)) {
    const message = scopeProblem(scope).facts.code;
    throw new RpcException({ code: status.PERMISSION_DENIED, message });
  }
  return answer.tenant;
}

/** What a call has for HTTP's `Authorization` header. */
export function authorizationOf(metadata: Metadata): string | undefined {
  return metadata.get('authorization')[0]?.toString();
}
