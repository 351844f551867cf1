import type { Block } from './memory.ts';
import type { Pass } from './program.ts';

const COMPUTE_STAGE = 0x4;
/** Bytes of words that a pass can have at most. */
export const WORD_WINDOW = 2048;
/** More bind groups than any training step has; the cap only keeps endless new buffers from filling the memory. */
const MAX_GROUPS = 8192;

/** The buffers of passes with the same pattern of reading and writing. */
interface Layout {
  readonly key: string;
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** A pass made ready for the device. */
export interface PreparedPass {
  readonly pass: Pass;
  readonly layout: Layout;
  readonly pipeline: GPUComputePipeline;
}

/** Makes pipelines, layouts and bind groups once each. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, Layout>();
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #prepared = new WeakMap<Pass, PreparedPass>();
  #groups = new Map<string, GPUBindGroup>();
  readonly #wordLayout: GPUBindGroupLayout;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#wordLayout = device.createBindGroupLayout({
      entries: [
        {
          binding: 0,
          visibility: COMPUTE_STAGE,
          buffer: { type: 'uniform', hasDynamicOffset: true },
        },
      ],
    });
  }

  prepare(pass: Pass): PreparedPass {
    let prepared = this.#prepared.get(pass);
    if (prepared === undefined) {
      const layout = this.#layoutOf(pass);
      prepared = { pass, layout, pipeline: this.#pipelineOf(pass.code, layout) };
      this.#prepared.set(pass, prepared);
    }
    return prepared;
  }

  /** The words of all passes, seen through a window that moves. */
  wordGroup(buffer: GPUBuffer): GPUBindGroup {
    return this.#device.createBindGroup({
      layout: this.#wordLayout,
      entries: [{ binding: 0, resource: { buffer, size: WORD_WINDOW } }],
    });
  }

  bindGroup({ layout }: PreparedPass, blocks: readonly Block[]): GPUBindGroup {
    let key = layout.key;
    for (const { id } of blocks) key += `,${id}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= MAX_GROUPS) this.#groups = new Map();
      group = this.#device.createBindGroup({
        layout: layout.group,
        entries: blocks.map(({ buffer }, binding) => ({ binding, resource: { buffer } })),
      });
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Bind groups hold on to buffers, so those of buffers that are destroyed have to go. */
  forgetGroups(): void {
    this.#groups = new Map();
  }

  #layoutOf({ bindings }: Pass): Layout {
    const key = bindings.map(({ writable }) => (writable ? 'w' : 'r')).join('');
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const group = this.#device.createBindGroupLayout({
        entries: bindings.map(({ writable }, binding) => ({
          binding,
          visibility: COMPUTE_STAGE,
          buffer: { type: writable ? 'storage' : 'read-only-storage' },
        })),
      });
      const pipeline = this.#device.createPipelineLayout({ bindGroupLayouts: [group, this.#wordLayout] });
      layout = { key, group, pipeline };
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  #pipelineOf(code: string, layout: Layout): GPUComputePipeline {
    let pipeline = this.#pipelines.get(code);
    if (pipeline === undefined) {
      const shader = this.#device.createShaderModule({ code });
      pipeline = this.#device.createComputePipeline({
        layout: layout.pipeline,
        compute: { module: shader, entryPoint: 'main' },
      });
      this.#pipelines.set(code, pipeline);
    }
    return pipeline;
  }
}
