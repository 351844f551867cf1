/**
 * Proves that each sibling stands alone: all are published to a registry on this machine, then each is copied
 * into an empty folder, installed from that registry, built and tested there. The closing line sums up all tests.
 *
 *     node scripts/siblings-alone.mjs [folder…]
 */
import { execFileSync, fork } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './command.mjs';
import { prepare } from './prepare.mjs';
import { Tally } from './tally.mjs';
import { installTestNeeds } from './test-needs.mjs';
import { chosenSiblings, root, siblings } from './workspaces.mjs';

const registryFolder = join(root, 'scripts', 'registry');

const chosen = chosenSiblings(process.argv.slice(2));
await prepare();
await installTestNeeds();
await mustRun('npm', ['ci', '--no-audit', '--no-fund'], { cwd: registryFolder });

const scratch = mkdtempSync(join(tmpdir(), 'azuraforge-alone-'));
const registry = await startRegistry(scratch);
const tally = new Tally();
try {
  const settings = npmSettings(scratch, registry.url);
  for (const { folder } of siblings()) {
    await mustRun('npm', ['publish', `./${folder}`], { cwd: root, env: settings });
  }
  console.log(`Published ${siblings().length} siblings to ${registry.url}.`);

  const copyOf = ({ folder }) => join(scratch, 'alone', folder);
  const begin = (sibling) => sibling && settled(build(sibling.folder, copyOf(sibling), settings));
  let upcoming = begin(chosen[0]);
  for (const [i, sibling] of chosen.entries()) {
    const problem = await upcoming;
    // While one sibling is tested, the next one is installed and built.
    upcoming = begin(chosen[i + 1]);
    await testAlone(sibling.folder, copyOf(sibling), problem);
  }
} finally {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
}
tally.close();

/** The error that a promise ends with, or null: one that is looked at later must not count as handled by nobody. */
function settled(promise) {
  return promise.then(
    () => null,
    (error) => error,
  );
}

async function build(folder, copy, settings) {
  copySources(folder, copy);
  await mustRun('npm', ['install', '--prefer-offline'], { cwd: copy, env: settings });
  await mustRun('npm', ['run', 'build'], { cwd: copy });
  await mustRun('npm', ['run', 'typecheck'], { cwd: copy });
}

async function testAlone(folder, copy, problem) {
  console.log(`\n── ${folder}, alone`);
  try {
    if (problem === null) {
      await tally.test(`${folder}, alone`, copy);
    } else {
      tally.fail(problem);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** What a clone of the sibling's own repository would hold: its tracked files. */
function copySources(folder, copy) {
  const tracked = execFileSync('git', ['ls-files', '-z', '.'], { cwd: join(root, folder), encoding: 'utf8' });
  for (const file of tracked.split('\0').filter(Boolean)) {
    cpSync(join(root, folder, file), join(copy, file));
  }
}

/** npm settings of this proof alone: another registry, and a token because npm publishes with none at all to nobody. */
function npmSettings(folder, url) {
  const userconfig = join(folder, 'npmrc');
  writeFileSync(
    userconfig,
    `registry=${url}\n${url.replace('http:', '')}:_authToken=local\naudit=false\nfund=false\n`,
  );
  return { npm_config_userconfig: userconfig, npm_config_registry: url };
}

async function startRegistry(folder) {
  const port = await freePort();
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' }).trim();
  const config = {
    storage: join(folder, 'storage'),
    uplinks: { upstream: { url: upstream, timeout: '60s', maxage: '60m' } },
    packages: {
      ...Object.fromEntries(
        siblings().map(({ manifest }) => [manifest.name, { access: '$all', publish: '$all' }]),
      ),
      '**': { access: '$all', proxy: 'upstream' },
    },
    log: { type: 'stdout', level: 'error' },
    web: { enable: false },
  };
  mkdirSync(config.storage, { recursive: true });
  // JSON is YAML, the format that Verdaccio reads.
  const configFile = join(folder, 'verdaccio.yaml');
  writeFileSync(configFile, JSON.stringify(config));
  const child = fork(join(registryFolder, 'node_modules', 'verdaccio', 'bin', 'verdaccio'), [
    '--config',
    configFile,
    '--listen',
    `127.0.0.1:${port}`,
  ]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    exited.then(
      (code) => reject(new Error(`The local registry ended with ${code} before it was ready.`)),
      reject,
    );
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
