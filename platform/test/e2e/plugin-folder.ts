import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const fixtures = join(dirname(fileURLToPath(import.meta.url)), 'plugins');

/** A node_modules folder of its own, so that a test decides which plugins are installed. */
export class PluginFolder {
  readonly path = join(mkdtempSync(join(tmpdir(), 'azuraforge-plugins-')), 'node_modules');

  constructor(names: string[]) {
    mkdirSync(this.path);
    for (const name of names) this.install(name);
  }

  install(name: string): void {
    symlinkSync(packageFolder(name), join(this.path, name));
  }

  uninstall(name: string): void {
    rmSync(join(this.path, name));
  }

  remove(): void {
    rmSync(dirname(this.path), { recursive: true, force: true });
  }
}

function packageFolder(name: string): string {
  const fixture = join(fixtures, name);
  return existsSync(fixture) ? fixture : realpathSync(dirname(require.resolve(`${name}/package.json`)));
}
