import { isNativeError } from 'node:util/types';
import winston from 'winston';

/** The part of winston's logger that the worker needs. */
export type Log = Pick<winston.Logger, 'error' | 'warn' | 'info' | 'debug'>;

/** JSON lines on stdout, with timestamps, for Loki or any other collector. */
export function createLog(level: string, workerId: string): Log {
  return winston.createLogger({
    level,
    defaultMeta: { service: 'azuraforge-worker', worker: workerId },
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console()],
  });
}

/** What went wrong in one line, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return isNativeError(error) ? error.message || error.name : String(error);
}
