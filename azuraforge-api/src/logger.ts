import winston from 'winston';

/** The part of winston's logger that the API needs. */
export type Log = Pick<winston.Logger, 'error' | 'warn' | 'info' | 'debug'>;

/** JSON lines on stdout. What is logged is chosen field by field: never headers, bodies or tokens. */
export function createLog(level: string): Log {
  return winston.createLogger({
    level,
    defaultMeta: { service: 'azuraforge-api' },
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console()],
  });
}

/** What went wrong in one line, whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map((each) => reasonOf(each)).join('; ');
  return error.message || error.name;
}
