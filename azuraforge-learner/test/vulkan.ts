import { execFileSync } from 'node:child_process';

/** Prints whether WebGPU finds an adapter; in a process of its own, since a driver is chosen once per process. */
const PROBE = `
  import { create } from 'webgpu';
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  console.log(adapter === null ? 'none' : 'found');`;

/** SwiftShader, which computes in software, as Debian's chromium ships it. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

function findsAdapter(env: NodeJS.ProcessEnv): boolean {
  try {
    const options = { cwd: import.meta.dirname, env, encoding: 'utf8', timeout: 60_000 } as const;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', PROBE], {
      ...options,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.includes('found');
  } catch {
    return false;
  }
}

/**
 * Finds a Vulkan driver for the tests of the webgpu device before any of them runs: what VK_DRIVER_FILES names, else what
 * is installed (a GPU's, or Mesa's lavapipe), else SwiftShader. The workers that run the tests inherit the choice.
 */
export default function findDriver(): void {
  if (findsAdapter(process.env)) return;
  if (process.env.VK_DRIVER_FILES === undefined) {
    if (findsAdapter({ ...process.env, VK_DRIVER_FILES: SWIFTSHADER })) {
      process.env.VK_DRIVER_FILES = SWIFTSHADER;
      return;
    }
  }
  throw new Error(
    'The tests of the webgpu device find no Vulkan driver. Install one that computes in software (Debian: ' +
      '`sudo apt-get install libvulkan1 chromium`, whose SwiftShader will do; Ubuntu: `sudo apt-get install ' +
      'libvulkan1 mesa-vulkan-drivers`, from Mesa 25 on), or name another one in VK_DRIVER_FILES.',
  );
}
