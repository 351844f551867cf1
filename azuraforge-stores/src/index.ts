export { freePort } from './port.ts';
export { type PostgresOptions, startPostgres, throwawayPostgres } from './postgres.ts';
export { identifyProcess, type ProcessIdentity } from './process.ts';
export { type RedisOptions, startRedis } from './redis.ts';
export { type Store, StoreError, type StoreExit, type StoreKind } from './store.ts';
