import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.mjs';

/** What the tests use beyond npm packages. */
const needs = [
  {
    isHere: () => ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(onPath),
    debianPackage: 'chromium',
    without: 'the browser tests are skipped',
  },
  {
    isHere: () => ['redis-server', 'valkey-server'].some(onPath),
    debianPackage: 'redis-server',
    without: 'the tests on a native Redis are skipped',
  },
  {
    // It loads the SwiftShader that comes with chromium, on which the engine's GPU tests run where there is no GPU.
    isHere: () => isLibrary('libvulkan.so.1'),
    debianPackage: 'libvulkan1',
    without: 'the tests of the webgpu device fail',
  },
];

/** Installs with apt what is missing, where this user may; says what follows where not. */
export async function installTestNeeds() {
  const missing = needs.filter(({ isHere }) => !isHere());
  if (missing.length === 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  if (process.getuid?.() === 0 && onPath('apt-get')) await installWithApt(packages);
  for (const { isHere, debianPackage, without } of missing) {
    if (isHere()) continue;
    console.log(
      `${debianPackage} is not here and could not be installed: ${without}. ` +
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

/** Looks where the system's loader does; chromium has a copy of its own, which is no use to others. */
function isLibrary(name) {
  const folders = readdirSync('/usr/lib').filter((folder) => folder.endsWith('-linux-gnu'));
  return ['/usr/lib64', '/usr/local/lib', ...folders.map((folder) => join('/usr/lib', folder))].some(
    (folder) => existsSync(join(folder, name)),
  );
}
