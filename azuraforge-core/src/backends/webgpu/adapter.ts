import { TensorError } from '../../error.ts';
import type { SoftwarePolicy, Tuning } from './options.ts';
import type { Lanes } from './product.ts';

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  /** For people: vendor, kind and whether it is software. */
  readonly text: string;
  /** How its threads best load what they share. */
  readonly lanes: Lanes;
}

/** Dawn's GPU object; a process that lets it be collected may hang at its end. */
let nodeGpu: GPU | null = null;

const NODE_HINT =
  'install a Vulkan driver for the GPU; to compute in software, install mesa-vulkan-drivers (25 or newer) or chromium, ' +
  'name its driver file in VK_DRIVER_FILES, and allow software adapters';

function unavailable(
  device: string,
  message: string,
  details: Record<string, unknown>,
  cause?: unknown,
): TensorError {
  return new TensorError('DEVICE_UNAVAILABLE', `device '${device}': ${message}`, { details, cause });
}

/** The browser's WebGPU, else that of the package `webgpu`. */
async function findGpu(device: string): Promise<{ gpu: GPU; source: string }> {
  const browser = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (browser !== undefined) return { gpu: browser, source: 'navigator.gpu' };
  const source = 'the package webgpu';
  if (nodeGpu !== null) return { gpu: nodeGpu, source };
  try {
    const { create } = await import('webgpu');
    nodeGpu = create([]);
    return { gpu: nodeGpu, source };
  } catch (cause) {
    throw unavailable(
      device,
      "there is no navigator.gpu, and the package webgpu cannot be loaded; in Node, install it with 'npm install webgpu', " +
        'in a browser, use one with WebGPU on a page that is served securely',
      { tried: ['navigator.gpu', 'webgpu'] },
      cause,
    );
  }
}

function describe(
  { vendor, architecture, description, device }: GPUAdapterInfo,
  isSoftware: boolean,
): string {
  const name = description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unknown adapter';
  const maker = vendor && !name.toLowerCase().includes(vendor.toLowerCase()) ? `${vendor} ` : '';
  return `${maker}${name}${isSoftware ? ' (software)' : ''}`;
}

function lanesOf({ info, features }: GPUAdapter): Lanes {
  const { isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = info;
  if (!isFallbackAdapter || !features.has('subgroups') || subgroupMinSize !== subgroupMaxSize) return 0;
  return subgroupMinSize ?? 0;
}

/** The fastest adapter there is. A software one is refused unless it is allowed: it is never a silent stand-in for a GPU. */
export async function findAdapter(
  device: string,
  software: SoftwarePolicy,
  tuning: Tuning,
): Promise<FoundAdapter> {
  const { gpu, source } = await findGpu(device);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw unavailable(device, `${source} finds no adapter; ${NODE_HINT}`, { tried: [source], found: null });
  }
  const { info } = adapter;
  const text = describe(info, info.isFallbackAdapter);
  if (info.isFallbackAdapter && software === 'refuse') {
    throw unavailable(device, `${source} finds no hardware adapter, only ${text}; ${NODE_HINT}`, {
      tried: [source],
      found: text,
    });
  }
  return { adapter, text, lanes: tuning === 'gpu' ? 0 : lanesOf(adapter) };
}

/** A device with all that the adapter has: its own limits, and clocks for kernels and subgroups where there are some. */
export async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits, features } = adapter;
  return adapter.requestDevice({
    requiredFeatures: (['timestamp-query', 'subgroups'] as const).filter((feature) => features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    },
  });
}
