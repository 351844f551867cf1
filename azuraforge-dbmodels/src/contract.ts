/**
 * The wire contract of the platform: everything that two packages must agree on.
 * It imports nothing, so that a browser, the API and the worker can all load it.
 */
export * from './contract/api.ts';
export * from './contract/error.ts';
export * from './contract/event.ts';
export * from './contract/experiment.ts';
export * from './contract/job.ts';
export * from './contract/pipeline.ts';
export * from './contract/prediction.ts';
export * from './contract/redis.ts';
export * from './contract/report.ts';
export * from './contract/socket.ts';
