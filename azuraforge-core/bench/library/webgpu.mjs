import { create, globals } from 'webgpu';

/** Gives a library that was written for browsers the WebGPU of Node, and tells the adapter that it will find. */
export async function provideWebGpu() {
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'Node.js' },
    configurable: true,
  });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error('no WebGPU adapter');
  return adapter.info.description || adapter.info.device || adapter.info.vendor;
}
