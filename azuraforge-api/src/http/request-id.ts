import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'X-Request-Id';
/** An id from outside is taken over when it is short and plain enough for logs and headers. */
const ACCEPTABLE = /^[\w.-]{1,64}$/;

/** Gives each request an id, its own or the caller's, and sends it back. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get(HEADER);
  const id = given && ACCEPTABLE.test(given) ? given : randomUUID();
  response.locals.requestId = id;
  response.set(HEADER, id);
  next();
};

export function requestIdOf(response: Response): string {
  return String(response.locals.requestId);
}
