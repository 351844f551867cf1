// Who takes part. `group`: those whose times may be compared; the first of ours in it is what they are divided by. `only`:
// the works that a contestant can do, where that is not all of them.

const ours = { library: 'azuraforge', name: 'AzuraForge' };
const tensorflow = { library: 'tfjs', name: 'TensorFlow.js' };
const jax = { library: 'jax', name: 'jax-js' };
const pytorch = { library: 'pytorch', name: 'PyTorch' };

export const groups = {
  cpu: 'plain JavaScript',
  one: 'one thread',
  two: 'two threads',
  webgpu: 'WebGPU',
};

export const contestants = [
  { ...ours, id: 'cpu', group: 'cpu', settings: { device: 'cpu' }, note: 'cpu' },
  { ...tensorflow, id: 'tfjs-cpu', group: 'cpu', settings: { device: 'cpu' }, note: 'cpu' },

  { ...ours, id: 'wasm', group: 'one', settings: { device: 'wasm', threads: 1 }, note: 'wasm' },
  ourStep('wasm-compiled', 'one', { device: 'wasm', threads: 1 }, 'wasm, compile(step)'),
  { ...tensorflow, id: 'tfjs-wasm', group: 'one', settings: { device: 'wasm' }, note: 'wasm' },
  { ...jax, id: 'jax-wasm', group: 'one', settings: { device: 'wasm' }, note: 'wasm' },
  { ...pytorch, id: 'torch', group: 'one', settings: { threads: 1 }, note: 'CPU' },
  microKernel('micro-kernel', 'one', { threads: 1 }, 'wasm, bare micro-kernel'),

  { ...ours, id: 'wasm-2', group: 'two', settings: { device: 'wasm', threads: 2 }, note: 'wasm, 2 threads' },
  ourStep('wasm-2-compiled', 'two', { device: 'wasm', threads: 2 }, 'wasm, 2 threads, compile(step)'),
  { ...pytorch, id: 'torch-2', group: 'two', settings: { threads: 2 }, note: 'CPU, 2 threads' },
  microKernel('micro-kernel-2', 'two', { threads: 2 }, 'wasm, bare micro-kernel, 2 threads'),

  { ...ours, id: 'webgpu', group: 'webgpu', settings: { device: 'webgpu' }, note: 'webgpu' },
  ourStep('webgpu-compiled', 'webgpu', { device: 'webgpu' }, 'webgpu, compile(step)'),
  { ...tensorflow, id: 'tfjs-webgpu', group: 'webgpu', settings: { device: 'webgpu' }, note: 'webgpu' },
  { ...jax, id: 'jax-webgpu', group: 'webgpu', settings: { device: 'webgpu' }, note: 'webgpu' },
];

/** Ours with the training step captured and replayed; a product alone has no step to capture. */
function ourStep(id, group, settings, note) {
  return { ...ours, id, group, settings: { ...settings, compiled: true }, note, only: ['lstm', 'cnn'] };
}

/** What a product could reach at most. */
function microKernel(id, group, settings, note) {
  return { ...ours, library: 'micro-kernel', id, group, settings, note, only: ['matmul'], isRateAlone: true };
}
