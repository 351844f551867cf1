import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ApiError, toApiError } from '../error.ts';
import { reasonOf, type Log } from '../logger.ts';
import { requestIdOf } from './request-id.ts';

export const unknownRoute: RequestHandler = ({ method, path }) => {
  throw new ApiError('ROUTE_NOT_FOUND', `There is no ${method} ${path}; /api/v1/docs lists what there is.`);
};

/** The one place where errors become answers. Only here is the inside of an error logged. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const answer = toApiError(error);
    const requestId = requestIdOf(response);
    if (answer.status >= 500) {
      const cause: unknown = answer.cause;
      log.error('A request failed', {
        request_id: requestId,
        method: request.method,
        path: request.path,
        code: answer.code,
        reason: reasonOf(cause ?? answer),
        ...(answer.code === 'INTERNAL' && cause instanceof Error && { stack: cause.stack }),
      });
    }
    if (response.headersSent) {
      next(error);
      return;
    }
    response.set(answer.headers).status(answer.status).json(answer.envelope(requestId));
  };
}
