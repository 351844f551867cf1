import type { RequestHandler } from 'express';
import type { Services } from '../services.ts';
import { requestIdOf } from './request-id.ts';

/** Logs and measures each request when its answer is out. Query strings stay out of the log. */
export function recordRequests({ log, metrics }: Pick<Services, 'log' | 'metrics'>): RequestHandler {
  return (request, response, next) => {
    const started = process.hrtime.bigint();
    response.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const pattern: unknown = request.route?.path;
      const route = typeof pattern === 'string' ? pattern : 'unknown';
      const { method } = request;
      const status = response.statusCode;
      metrics.requests.observe({ method, route, status }, seconds);
      const level = route.startsWith('/api/') || status >= 400 ? 'info' : 'debug';
      log[level]('request', {
        request_id: requestIdOf(response),
        method,
        path: request.path,
        status,
        ms: Math.round(seconds * 1000),
      });
    });
    next();
  };
}
