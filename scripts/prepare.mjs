import { buildSiblings } from './build.mjs';
import { elapsed } from './command.mjs';
import { installPackages } from './install.mjs';
import { requireNode } from './node-version.mjs';

/** Makes a checkout ready to run: packages installed, siblings built. Quick when nothing has changed. */
export async function prepare() {
  requireNode();
  const start = performance.now();
  const installed = await installPackages(() => console.log('Installing packages …'));
  if (installed) console.log(`  installed in ${elapsed(start)}`);
  await buildSiblings({
    onStart: (folders) => console.log(`Building ${folders.join(', ')} …`),
    onBuilt: (folder, began) => console.log(`  built ${folder} in ${elapsed(began)}`),
  });
  console.log(`Packages are installed and built (${elapsed(start)}).`);
}
