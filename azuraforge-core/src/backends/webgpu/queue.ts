import type { KernelTiming } from '../../backend.ts';
import type { Kernel } from '../../kernel.ts';
import { ELEMENT_BYTES } from '../../kernel.ts';
import { makeOnHost } from '../host-memory.ts';
import type { Block } from './memory.ts';
import { MAP_READ, MemoryPool, USAGE } from './memory.ts';
import { PipelineCache, WORD_WINDOW } from './pipeline.ts';
import type { Profile } from './profile.ts';
import { openProfile } from './profile.ts';
import type { Pass, Program } from './program.ts';

/** Passes that are recorded before they are handed to the device, so that it works while the next ones are recorded. */
const BATCH = 16;
/** Room for the words of some 4,000 passes; when it is full, what is recorded is handed over. */
const WORD_BYTES = 2 ** 20;

/** Records commands and hands them over in the order in which they came. */
export class CommandQueue {
  readonly memory: MemoryPool;
  readonly #staging: MemoryPool;
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #wordBuffer: GPUBuffer;
  readonly #wordGroup: GPUBindGroup;
  readonly #wordStep: number;
  readonly #words = new DataView(new ArrayBuffer(WORD_BYTES));
  #wordsUsed = 0;
  #encoder: GPUCommandEncoder | null = null;
  #computePass: GPUComputePassEncoder | null = null;
  #profile: Profile | null = null;
  #passes = 0;
  #batch = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#pipelines = new PipelineCache(device);
    const forget = (block: Block): void => {
      if (block.batch === this.#batch) this.submit();
      this.#pipelines.forgetGroups();
    };
    this.memory = new MemoryPool(device, USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST, forget);
    this.#staging = new MemoryPool(device, USAGE.MAP_READ | USAGE.COPY_DST, () => undefined);
    // Behind the last slot there is room for its window.
    this.#wordBuffer = device.createBuffer({
      size: WORD_BYTES + WORD_WINDOW,
      usage: USAGE.UNIFORM | USAGE.COPY_DST,
    });
    this.#wordGroup = this.#pipelines.wordGroup(this.#wordBuffer);
    this.#wordStep = Math.max(16, device.limits.minUniformBufferOffsetAlignment);
  }

  /** Records the passes of a program; `blocks` are the buffers of the kernel. */
  run(kernel: Kernel, program: Program, blocks: readonly Block[], scalars: readonly number[]): void {
    const scratch = program.scratch.map((byteLength) =>
      this.memory.take(byteLength, {
        op: kernel.kind,
        shape: [byteLength / ELEMENT_BYTES],
        dtype: 'float32',
      }),
    );
    const slots = [...blocks, ...scratch];
    this.#profile?.begin(kernel);
    for (const pass of program.passes(scalars)) this.#record(pass, slots, scalars);
    for (const block of scratch) this.memory.giveBack(block);
    if (this.#profile?.end()) {
      this.submit();
      this.#profile.submitted();
    }
  }

  /** Hands over what is recorded if it is enough to be worth it. */
  submitBatch(): void {
    if (this.#passes >= BATCH) this.submit();
  }

  write(block: Block, bytes: ArrayBufferView, byteOffset: number): void {
    // The device writes before all commands that are not handed over yet.
    if (block.batch === this.#batch) this.submit();
    this.#device.queue.writeBuffer(
      block.buffer,
      byteOffset,
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
  }

  async read(block: Block, byteOffset: number, byteLength: number): Promise<ArrayBuffer> {
    const staging = this.#staging.take(byteLength);
    this.#endPass();
    this.#encode().copyBufferToBuffer(block.buffer, byteOffset, staging.buffer, 0, byteLength);
    this.submit();
    await staging.buffer.mapAsync(MAP_READ, 0, byteLength);
    try {
      return makeOnHost(byteLength, () => staging.buffer.getMappedRange(0, byteLength).slice(0));
    } finally {
      staging.buffer.unmap();
      this.#staging.giveBack(staging);
    }
  }

  /** Hands over what is recorded. */
  submit(): void {
    if (this.#encoder === null) return;
    this.#endPass();
    if (this.#wordsUsed > 0) {
      this.#device.queue.writeBuffer(this.#wordBuffer, 0, this.#words.buffer, 0, this.#wordsUsed);
    }
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#wordsUsed = 0;
    this.#passes = 0;
    this.#batch += 1;
  }

  beginProfile(): void {
    this.#endPass();
    this.#profile = openProfile(this.#device);
  }

  async endProfile(): Promise<readonly KernelTiming[]> {
    const profile = this.#profile;
    this.#profile = null;
    this.submit();
    return profile?.timings() ?? [];
  }

  #record(pass: Pass, slots: readonly Block[], scalars: readonly number[]): void {
    const prepared = this.#pipelines.prepare(pass);
    const blocks = pass.bindings.map(({ slot }) => slots[slot]!);
    const group = this.#pipelines.bindGroup(prepared, blocks);
    const offset = this.#writeWords(pass, scalars);
    // To be timed, each pass of a program is one of the device.
    if (this.#profile !== null) this.#endPass();
    this.#computePass ??= this.#encode().beginComputePass({ timestampWrites: this.#profile?.stamps() });
    this.#computePass.setPipeline(prepared.pipeline);
    this.#computePass.setBindGroup(0, group);
    this.#computePass.setBindGroup(1, this.#wordGroup, [offset]);
    this.#computePass.dispatchWorkgroups(...pass.workgroups);
    for (const block of blocks) block.batch = this.#batch;
    this.#passes += 1;
  }

  #encode(): GPUCommandEncoder {
    return (this.#encoder ??= this.#device.createCommandEncoder());
  }

  #endPass(): void {
    this.#computePass?.end();
    this.#computePass = null;
  }

  /** Puts the words of a pass where the device will find them; returns the offset of their window. */
  #writeWords({ words }: Pass, scalars: readonly number[]): number {
    const used = Math.ceil((words.length * 4) / this.#wordStep) * this.#wordStep;
    if (this.#wordsUsed + used > WORD_BYTES) this.submit();
    const offset = this.#wordsUsed;
    for (const [i, { type, source }] of words.entries()) {
      const value = typeof source === 'number' ? source : source(scalars);
      const at = offset + i * 4;
      if (type === 'f32') this.#words.setFloat32(at, value, true);
      else if (type === 'i32') this.#words.setInt32(at, value, true);
      else this.#words.setUint32(at, value, true);
    }
    this.#wordsUsed += used;
    return offset;
  }
}
