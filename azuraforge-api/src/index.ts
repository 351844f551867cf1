/** The API inside a process of yours; `azuraforge-api` (main.ts) runs it in one of its own. */
export { createLog, type Log } from './logger.ts';
export { startApi, type RunningApi } from './serve.ts';
export { readSettings, SettingsError, type Settings } from './settings.ts';
