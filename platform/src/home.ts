import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure, reasonOf } from './failure.ts';

/** The data folder: everything that the platform keeps lies in it. */
export interface Home {
  path: string;
  /** Names the running platform; exists while one runs. */
  lock: string;
  /** What `status` shows. */
  state: string;
  logs: string;
  postgres: string;
  redis: string;
  artifacts: string;
  keys: string;
}

export function homeAt(path: string): Home {
  const root = resolve(path);
  return {
    path: root,
    lock: join(root, 'lock.json'),
    state: join(root, 'state.json'),
    logs: join(root, 'logs'),
    postgres: join(root, 'postgres'),
    redis: join(root, 'redis'),
    artifacts: join(root, 'artifacts'),
    keys: join(root, 'keys.json'),
  };
}

/** The data folder that the options or the environment name, `.azuraforge` in the current folder by default. */
export function chooseHome(option: string | undefined, environment: NodeJS.ProcessEnv): Home {
  return homeAt(option ?? (environment['AZURAFORGE_HOME'] || '.azuraforge'));
}

/** PostgreSQL does not run as root: its account must pass through root's folder, though it may not look around. */
const HOME_MODE = process.getuid?.() === 0 ? 0o711 : 0o700;

/** Makes the data folder. What lies in it can be read by its owner alone. */
export function prepareHome(home: Home): void {
  try {
    mkdirSync(home.path, { recursive: true, mode: HOME_MODE });
    for (const folder of [home.logs, home.artifacts]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    chmodSync(home.path, HOME_MODE);
  } catch (cause) {
    throw new Failure(
      `The data folder ${home.path} cannot be used: ${reasonOf(cause)}. Choose another with --home, or start as the ` +
        `user that owns it.`,
      { cause },
    );
  }
}
