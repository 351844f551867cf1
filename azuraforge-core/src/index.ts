export type { BackwardOptions } from './autograd.ts';
export { noGrad } from './autograd.ts';
export type { Backend, BackendFactory, Command, DeviceBuffer, Executable, KernelTiming } from './backend.ts';
export { openCpuBackend } from './backends/cpu.ts';
export type { WasmBackend, WasmOptions } from './backends/wasm.ts';
export { openWasmBackend } from './backends/wasm.ts';
export type { WebGpuBackend } from './backends/webgpu.ts';
export { openWebGpuBackend } from './backends/webgpu.ts';
export type { WebGpuOptions } from './backends/webgpu/options.ts';
export type { Compiled } from './compile.ts';
export { compile } from './compile.ts';
export type { NestedNumbers, NumberArray, RandomOptions, TensorOptions } from './creation.ts';
export { arange, fromTypedArray, full, ones, rand, randn, tensor, zeros } from './creation.ts';
export type { DeviceInfo } from './device.ts';
export { closeDevice, devices, openDevice, registerBackend, setDefaultDevice } from './device.ts';
export type { DeviceChoice } from './device-choice.ts';
export { chooseDevice, DEVICE_CHOICES } from './device-choice.ts';
export type { TensorErrorCode } from './error.ts';
export { TensorError } from './error.ts';
export type { BinaryOperator, Expression, UnaryOperator } from './expression.ts';
export type {
  AdagradKernel,
  AdamKernel,
  AttentionBackwardKernel,
  AttentionForwardKernel,
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  Conv2dGeometry,
  Conv2dInputGradientKernel,
  Conv2dKernel,
  Conv2dWeightGradientKernel,
  DType,
  Distribution,
  ElementwiseKernel,
  GatherKernel,
  GruBackwardKernel,
  GruForwardKernel,
  Kernel,
  LstmBackwardKernel,
  LstmForwardKernel,
  MatmulKernel,
  MatrixOperand,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
  Operand,
  Pool2dGeometry,
  RandomKernel,
  ReduceKernel,
  Reducer,
  RmspropKernel,
  ScatterAddKernel,
  SgdKernel,
  Window2d,
} from './kernel.ts';
export type { MemoryReport } from './memory.ts';
export { keep, memory, tidy } from './memory.ts';
export type { AdagradOptions, AdagradState } from './ops/adagrad.ts';
export { adagradStep, createAdagradState } from './ops/adagrad.ts';
export type { AttentionOptions } from './ops/attention.ts';
export { scaledDotProductAttention } from './ops/attention.ts';
export type { Operable } from './ops/binary.ts';
export { maximum, minimum, where } from './ops/binary.ts';
export type { CrossEntropyOptions, NllLossOptions } from './ops/crossentropy.ts';
export { crossEntropyLoss, nllLoss } from './ops/crossentropy.ts';
export type {
  Conv1dOptions,
  Conv2dOptions,
  ConvTranspose1dOptions,
  ConvTranspose2dOptions,
} from './ops/convolution.ts';
export { conv1d, conv2d, convTranspose1d, convTranspose2d } from './ops/convolution.ts';
export { dropout } from './ops/dropout.ts';
export type { EmbeddingOptions } from './ops/embedding.ts';
export { embedding } from './ops/embedding.ts';
export { scatterAdd } from './ops/gather.ts';
export type { GruResult, GruWeights } from './ops/gru.ts';
export { gru } from './ops/gru.ts';
export type { LossReduction } from './ops/loss.ts';
export { bceWithLogitsLoss, huberLoss, klDivLoss, l1Loss, mseLoss } from './ops/loss.ts';
export type { LstmResult, LstmState, LstmWeights } from './ops/lstm.ts';
export { lstm } from './ops/lstm.ts';
export { linear, matmul } from './ops/matmul.ts';
export type { BatchNormOptions } from './ops/normalization.ts';
export { batchNorm, groupNorm, layerNorm } from './ops/normalization.ts';
export type { AdamOptions, AdamState, Setting, SgdOptions, SgdState } from './ops/optimizer.ts';
export {
  adamStep,
  adamwStep,
  clipGradNorm,
  createAdamState,
  createSgdState,
  sgdStep,
  zeroGrad,
} from './ops/optimizer.ts';
export type { AvgPool1dOptions, AvgPool2dOptions, MaxPool1dOptions, MaxPool2dOptions } from './ops/pool.ts';
export { avgPool1d, avgPool2d, maxPool1d, maxPool2d } from './ops/pool.ts';
export type { Axes } from './ops/reduce.ts';
export type { RmspropOptions, RmspropState } from './ops/rmsprop.ts';
export { createRmspropState, rmspropStep } from './ops/rmsprop.ts';
export { concat, stack } from './ops/shape.ts';
export type { Lengths2d } from './ops/window.ts';
export type { KernelProfile, ProfileReport } from './profile.ts';
export { profile } from './profile.ts';
export type { GeneratorState } from './random.ts';
export { defaultGenerator, Generator, manualSeed } from './random.ts';
export type { Layout, Shape } from './shape.ts';
export { Tensor } from './tensor.ts';
export type { NestedArray } from './tensor/handle.ts';
