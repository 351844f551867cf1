#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { StoreError } from 'azuraforge-stores';
import { down } from './command/down.ts';
import { logs } from './command/logs.ts';
import { status } from './command/status.ts';
import { up } from './command/up.ts';
import { Failure } from './failure.ts';
import { chooseHome } from './home.ts';
import { ownVersion } from './packages.ts';

const USAGE = `Usage: azuraforge <command> [options]

Commands
  up                 start everything and stay until Ctrl-C
  down               stop what \`up\` started on this data folder
  status             show what runs (exit code 0: all ready, 1: not all, 3: nothing runs)
  logs [component]   show the logs: postgres, redis, migrate, api, worker, dashboard

Options
  --home <folder>           data folder (default: $AZURAFORGE_HOME, else .azuraforge)
  --no-quickstart           up: do not train the stock predictor at the first start
  --api-port <number>       up: preferred port of the API (default: $AZURAFORGE_API_PORT, else 8000)
  --dashboard-port <number> up: preferred port of the dashboard (default: $AZURAFORGE_DASHBOARD_PORT, else 3000)
  --redis native|wasm       up: only a redis-server of this machine, or only the built-in one
  -f, --follow              logs: go on printing what is added
  -n, --lines <number>      logs: how many lines of each (default 50)
  -h, --help                show this text
  -v, --version             show the version

Environment
  DATABASE_URL, REDIS_URL     use these servers instead of starting own ones
  AZURAFORGE_ADMIN_PASSWORD   password of the first administrator (generated otherwise)`;

const OPTIONS = {
  home: { type: 'string' },
  'no-quickstart': { type: 'boolean', default: false },
  'api-port': { type: 'string' },
  'dashboard-port': { type: 'string' },
  redis: { type: 'string' },
  follow: { type: 'boolean', short: 'f', default: false },
  lines: { type: 'string', short: 'n', default: '50' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', short: 'v', default: false },
} as const;

function wholeNumber(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new Failure(`${name} must be a whole number from 0 to ${most}, not "${text}".`);
}

function redisKind(text: string | undefined): 'native' | 'wasm' | undefined {
  if (text === undefined || text === 'native' || text === 'wasm') return text;
  throw new Failure(`--redis must be native or wasm, not "${text}".`);
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n\nSee \`azuraforge --help\`.`, { cause: error });
  }
}

function port(option: string | undefined, name: string, variable: string): number | undefined {
  const fromOption = wholeNumber(`--${name}`, option, 65_535);
  return fromOption ?? wholeNumber(variable, process.env[variable], 65_535);
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command, component, ...surplus] = positionals;
  if (values.version) {
    console.log(ownVersion());
    return 0;
  }
  if (values.help || command === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  if (surplus.length > 0 || (component !== undefined && command !== 'logs')) {
    throw new Failure(`\`azuraforge ${command}\` takes no argument "${surplus[0] ?? component}".`);
  }
  const home = chooseHome(values.home, process.env);
  switch (command) {
    case 'up':
      return up({
        home,
        withQuickstart: !values['no-quickstart'],
        apiPort: port(values['api-port'], 'api-port', 'AZURAFORGE_API_PORT'),
        dashboardPort: port(values['dashboard-port'], 'dashboard-port', 'AZURAFORGE_DASHBOARD_PORT'),
        redis: redisKind(values.redis),
      });
    case 'down':
      return down(home);
    case 'status':
      return status(home);
    case 'logs': {
      const stop = new AbortController();
      if (values.follow) process.once('SIGINT', () => stop.abort());
      return logs(home, {
        component,
        lines: wholeNumber('--lines', values.lines, 1_000_000) ?? 50,
        follow: values.follow ? stop.signal : undefined,
      });
    }
    default:
      throw new Failure(`There is no command "${command}". See \`azuraforge --help\`.`);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  // Both are written for people; the stack of anything else helps to mend it.
  const isForPeople = error instanceof Failure || error instanceof StoreError;
  console.error(isForPeople ? error.message : error);
  process.exitCode = 1;
}
