import { join } from 'node:path';

/** What the environment says; every name is documented in the README. */
export interface Settings {
  databaseUrl: string;
  redisUrl: string;
  keysFile: string;
  host: string;
  port: number;
  /** Origins whose pages may call the API and open sockets. */
  allowedOrigins: string[];
  /** Addresses and networks of proxies whose word about a client's address is taken. */
  trustedProxies: string[];
  logLevel: string;
}

/** A sentence for the person who starts the program. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(environment: Environment): Settings {
  const port = Number(environment.AZURAFORGE_API_PORT || 8000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SettingsError(
      `AZURAFORGE_API_PORT must be a port from 0 to 65535, not ${JSON.stringify(environment.AZURAFORGE_API_PORT)}.`,
    );
  }
  const origins = environment.AZURAFORGE_ALLOWED_ORIGINS || 'http://localhost:3000,http://127.0.0.1:3000';
  return {
    databaseUrl: required(environment, 'DATABASE_URL', 'postgres://user:password@host:5432/azuraforge'),
    redisUrl: required(environment, 'REDIS_URL', 'redis://host:6379'),
    keysFile: keysFile(environment),
    host: environment.AZURAFORGE_API_HOST || '127.0.0.1',
    port,
    allowedOrigins: list(origins),
    trustedProxies: list(environment.AZURAFORGE_TRUSTED_PROXIES ?? ''),
    logLevel: environment.AZURAFORGE_LOG_LEVEL || 'info',
  };
}

/** The settings of the commands, which need no Redis. */
export function readCommandSettings(environment: Environment): { databaseUrl: string; keysFile: string } {
  return {
    databaseUrl: required(environment, 'DATABASE_URL', 'postgres://user:password@host:5432/azuraforge'),
    keysFile: keysFile(environment),
  };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

function keysFile(environment: Environment): string {
  return environment.AZURAFORGE_KEYS_FILE || join(environment.AZURAFORGE_HOME || '.azuraforge', 'keys.json');
}

function required(environment: Environment, name: string, example: string): string {
  const value = environment[name];
  if (!value) throw new SettingsError(`${name} is not set; set it to an address such as ${example}.`);
  return value;
}
