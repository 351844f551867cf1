import { User } from 'azuraforge-dbmodels';
import { API_BASE } from 'azuraforge-dbmodels/contract';
import express, { type Express, type Request, type RequestHandler } from 'express';
import { bearerAuthentication } from '../auth/authenticate.ts';
import { isAllowed } from '../auth/policy.ts';
import { requireDatabase } from '../database.ts';
import { ApiError } from '../error.ts';
import type { Services } from '../services.ts';
import { requireModest } from './depth.ts';
import { readBody, readQuery, requireObject } from './dto.ts';
import { requestIdOf } from './request-id.ts';
import { BODY_MEBIBYTES, type Call, type ProtectedRoute, type Route } from './route.ts';

/** Mounts every route as limit → authenticate → validate → authorize → act → present. */
export function mountRoutes(app: Express, routes: readonly Route[], services: Services): void {
  const authenticate = bearerAuthentication(services.database, services.keys);

  const started: RequestHandler = (_request, _response, next) => {
    requireDatabase(services.database);
    next();
  };

  for (const [pattern, methods] of byPattern(routes)) {
    const path = expressPath(pattern);
    for (const route of methods) {
      const steps: RequestHandler[] = [started];
      if (route.limit) steps.push(limit(route, services));
      if (route.permission !== 'public') {
        steps.push(authenticate);
        if (route.takePlace) steps.push(holdPlace(route.takePlace, services));
      }
      if (route.body) steps.push(requireMediaType(route), ...bodyParsers(route.body));
      app[route.method](path, ...steps, act(route, services));
    }
    app.all(path, refuseMethod(methods));
  }
}

function bodyParsers({ form, maxMebibytes = BODY_MEBIBYTES }: NonNullable<Route['body']>): RequestHandler[] {
  const bytes = maxMebibytes * 1024 ** 2;
  return [
    express.json({ limit: bytes, strict: false }),
    ...(form ? [express.urlencoded({ limit: bytes, extended: false })] : []),
  ];
}

function byPattern(routes: readonly Route[]): Map<string, Route[]> {
  const patterns = new Map<string, Route[]>();
  for (const route of routes) patterns.set(route.path, [...(patterns.get(route.path) ?? []), route]);
  return patterns;
}

/** `/models/{id}` of OpenAPI is `/models/:id` of express. */
function expressPath(pattern: string): string {
  return API_BASE + pattern.replaceAll(/\{(\w+)\}/g, ':$1');
}

function limit(route: Route, services: Services): RequestHandler {
  return async (request, _response, next) => {
    await route.limit?.(addressOf(request), services);
    next();
  };
}

/** Of a proxy's client when the proxy is trusted, else of whoever connected. */
function addressOf(request: Request): string {
  return request.ip ?? '';
}

/** Holds a place until the answer is out; where the client goes away first, until the work for it is done. */
function holdPlace(
  takePlace: NonNullable<ProtectedRoute<object, object>['takePlace']>,
  services: Services,
): RequestHandler {
  return ({ user }, response, next) => {
    // Whoever left during the authentication would never give the place back.
    if (response.destroyed) return;
    const giveBack = takePlace(user as User, services);
    response.once('close', () => void Promise.allSettled([response.locals.work]).then(giveBack));
    next();
  };
}

function act(route: Route, services: Services): RequestHandler {
  return async (request, response) => {
    const call: Call<object, object> = {
      body: await bodyOf(route, request),
      query: route.query ? await readQuery(route.query, request.query) : {},
      id: String(request.params.id ?? ''),
      address: addressOf(request),
      requestId: requestIdOf(response),
      services,
    };
    const work = handle(route, call, request.user);
    response.locals.work = work;
    response.status(route.answer.status).json(await work);
  };
}

function handle(route: Route, call: Call<object, object>, user: unknown): Promise<object> {
  if (route.permission === 'public') return route.handle(call);
  if (!(user instanceof User) || !isAllowed(user, route.permission)) {
    throw new ApiError('FORBIDDEN', 'Your role does not allow this; ask an administrator.');
  }
  return route.handle({ ...call, user });
}

async function bodyOf({ body }: Route, request: Request): Promise<object> {
  if (!body) return {};
  const parsed: unknown = request.body;
  if (parsed === undefined && body.required === false) return {};
  requireModest(parsed);
  const object = requireObject(parsed, body.misfit ?? 'VALIDATION_FAILED');
  return body.dto ? readBody(body.dto, object, body.misfit ?? 'VALIDATION_FAILED') : object;
}

/** Says early what a body must be, rather than that its fields are missing. */
function requireMediaType({ body }: Route): RequestHandler {
  const types = ['application/json', ...(body?.form ? ['application/x-www-form-urlencoded'] : [])];
  return (request, _response, next) => {
    // Without a body there is nothing to be read wrongly; the check of its fields then says what is missing.
    const isEmpty = request.get('Content-Length') === '0';
    if (!isEmpty && request.is(types) === false) {
      throw new ApiError('UNSUPPORTED_MEDIA_TYPE', `Send the body as ${types.join(' or ')}.`);
    }
    next();
  };
}

function refuseMethod(routes: readonly Route[]): RequestHandler {
  const allowed = routes.map(({ method }) => method.toUpperCase());
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return ({ method }) => {
    throw new ApiError('METHOD_NOT_ALLOWED', `${method} is not possible here; use one of ${allow}.`, {
      headers: { Allow: allow },
    });
  };
}
