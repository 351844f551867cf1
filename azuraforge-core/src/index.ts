export type { BackwardOptions } from './autograd.ts';
export { noGrad } from './autograd.ts';
export type { Backend, BackendFactory, DeviceBuffer, Executable } from './backend.ts';
export { openCpuBackend } from './backends/cpu.ts';
export { openWasmBackend } from './backends/wasm.ts';
export type { WebGpuBackend, WebGpuOptions } from './backends/webgpu.ts';
export { openWebGpuBackend } from './backends/webgpu.ts';
export type { RandomOptions, TensorOptions } from './creation.ts';
export { arange, fromTypedArray, full, ones, rand, randn, tensor, zeros } from './creation.ts';
export type { DeviceInfo } from './device.ts';
export { devices, registerBackend, setDefaultDevice } from './device.ts';
export type { TensorErrorCode } from './error.ts';
export { TensorError } from './error.ts';
export type { BinaryOperator, Expression, UnaryOperator } from './expression.ts';
export type {
  AdamKernel,
  DType,
  Distribution,
  ElementwiseKernel,
  GatherKernel,
  Kernel,
  LstmBackwardKernel,
  LstmForwardKernel,
  MatmulKernel,
  MatrixOperand,
  Operand,
  RandomKernel,
  ReduceKernel,
  Reducer,
  ScatterAddKernel,
  SgdKernel,
} from './kernel.ts';
export type { MemoryReport } from './memory.ts';
export { keep, memory, tidy } from './memory.ts';
export type { Operable } from './ops/binary.ts';
export { maximum, minimum, where } from './ops/binary.ts';
export { dropout } from './ops/dropout.ts';
export type { LossReduction } from './ops/loss.ts';
export { huberLoss, l1Loss, mseLoss } from './ops/loss.ts';
export type { LstmResult, LstmState, LstmWeights } from './ops/lstm.ts';
export { lstm } from './ops/lstm.ts';
export { linear, matmul } from './ops/matmul.ts';
export type { AdamOptions, AdamState, SgdOptions, SgdState } from './ops/optimizer.ts';
export {
  adamStep,
  adamwStep,
  clipGradNorm,
  createAdamState,
  createSgdState,
  sgdStep,
  zeroGrad,
} from './ops/optimizer.ts';
export type { Axes } from './ops/reduce.ts';
export { concat, stack } from './ops/shape.ts';
export type { GeneratorState } from './random.ts';
export { defaultGenerator, Generator, manualSeed } from './random.ts';
export type { Layout, Shape } from './shape.ts';
export { Tensor } from './tensor.ts';
export type { NestedArray } from './tensor/handle.ts';
