import type { FieldError } from 'azuraforge-dbmodels/contract';
import type { Express } from 'express';
import { within } from './deadline.ts';
import { ApiError } from './error.ts';
import type { Services } from './services.ts';

const CHECK_TIMEOUT_MS = 2000;

/** `/healthz`: the process answers. `/readyz`: it can also do its work. `/metrics`: for Prometheus. */
export function mountHealth(app: Express, services: Services): void {
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const details = await findDown(services);
    if (details.length > 0) {
      const names = details.map(({ path }) => path).join(' and ');
      throw new ApiError('SERVICE_UNAVAILABLE', `Not ready: waiting for ${names}.`, {
        details,
        headers: { 'Retry-After': '5' },
      });
    }
    response.json({ status: 'ready' });
  });
  app.get('/metrics', async (_request, response) => {
    const { registry } = services.metrics;
    response.type(registry.contentType).send(await registry.metrics());
  });
}

/** The stores that do not answer in time, each as a detail; empty when all is well. */
async function findDown({ database, redis }: Services): Promise<FieldError[]> {
  const [postgresUp, redisUp] = await Promise.all([
    answers(async () => {
      if (!database.isInitialized) throw new Error('not connected yet');
      await database.query('SELECT 1');
    }),
    answers(() => redis.client.ping()),
  ]);
  return [
    ...(postgresUp
      ? []
      : [
          {
            path: 'postgres',
            message: 'PostgreSQL does not answer; check that it runs and that DATABASE_URL is right.',
          },
        ]),
    ...(redisUp
      ? []
      : [
          {
            path: 'redis',
            message: 'Redis does not answer; check that it runs and that REDIS_URL is right.',
          },
        ]),
  ];
}

async function answers(check: () => Promise<unknown>): Promise<boolean> {
  try {
    await within(CHECK_TIMEOUT_MS, check());
    return true;
  } catch {
    return false;
  }
}
