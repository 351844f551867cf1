import type { DeviceInfo } from './device.ts';
import { setDefaultDevice } from './device.ts';
import { TensorError } from './error.ts';

/** The device of each choice; `auto` finds out what there is. */
const DEVICE_OF = { gpu: 'webgpu', wasm: 'wasm', cpu: 'cpu' } as const;

/** What a person may ask for, without knowing what the machine has. */
export type DeviceChoice = 'auto' | keyof typeof DEVICE_OF;

export const DEVICE_CHOICES: readonly DeviceChoice[] = ['auto', 'gpu', 'wasm', 'cpu'];

/**
 * Makes new tensors live on the device chosen: `auto` takes a hardware GPU, else WebAssembly; `gpu` needs a hardware GPU.
 * Rejects with DEVICE_UNAVAILABLE, which says what was tried, what was found and what to install.
 */
export async function chooseDevice(choice: DeviceChoice): Promise<DeviceInfo> {
  if (!DEVICE_CHOICES.includes(choice)) {
    throw new TensorError(
      'INVALID_INPUT',
      `no device is called '${choice}', expected one of ${DEVICE_CHOICES.join(', ')}`,
      { op: 'chooseDevice' },
    );
  }
  if (choice !== 'auto') return setDefaultDevice(DEVICE_OF[choice]);
  try {
    return await setDefaultDevice(DEVICE_OF.gpu);
  } catch (error) {
    if (error instanceof TensorError && error.code === 'DEVICE_UNAVAILABLE')
      return setDefaultDevice(DEVICE_OF.wasm);
    throw error;
  }
}
