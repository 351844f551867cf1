import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.mjs';

/** What the tests use beyond npm packages: any of the programs will do. */
const needs = [
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
    use: 'the browser tests',
  },
  {
    programs: ['redis-server', 'valkey-server'],
    debianPackage: 'redis-server',
    use: 'the tests on a native Redis',
  },
];

/** Installs with apt what is missing, where this user may; says what will be skipped where not. */
export async function installTestNeeds() {
  const missing = needs.filter(({ programs }) => !programs.some(onPath));
  if (missing.length === 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  if (process.getuid?.() === 0 && onPath('apt-get')) await installWithApt(packages);
  for (const { programs, debianPackage, use } of missing) {
    if (programs.some(onPath)) continue;
    console.log(
      `${debianPackage} is not here and could not be installed: ${use} are skipped. ` +
        `Install it with \`sudo apt-get install ${debianPackage}\` to run them.`,
    );
  }
}

async function installWithApt(packages) {
  console.log(`Installing ${packages.join(' and ')} for the tests (apt-get) …`);
  // RUNLEVEL=1 keeps a Debian package from starting its service: the tests start their own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('apt-get', ['update', '-qq'], { env });
  const { code, output } = await run(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    { env },
  );
  if (code !== 0) console.log(output.trimEnd());
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
