export * from './error.ts';
export type { EventOf, TrainingEvent } from './event.ts';
