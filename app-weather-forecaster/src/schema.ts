import { writeFile } from 'node:fs/promises';
import { configSchema } from './config.ts';

// A step of the build: the platform reads the schema from this file without running the plugin.
await writeFile(new URL('config.schema.json', import.meta.url), `${JSON.stringify(configSchema, null, 2)}\n`);
