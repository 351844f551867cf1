import { Type } from 'typebox';
import { Conv1d, Conv2d, ConvTranspose2d } from '../../nn/convolution.ts';
import { Flatten } from '../../nn/flatten.ts';
import { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from '../../nn/pool.ts';
import { windowSize } from '../../nn/window.ts';
import { flag, layerType, options, size } from '../layer-type.ts';
import type { LayerTypes } from '../layer-type.ts';

const whole = Type.Integer({ minimum: 0 });
const sizes = Type.Union([size, Type.Tuple([size, size])]);
const wholes = Type.Union([whole, Type.Tuple([whole, whole])]);
const named = [Type.Literal('same'), Type.Literal('valid')];

const channels = { inChannels: size, outChannels: size, groups: Type.Optional(size), bias: flag };
const steps = { stride: Type.Optional(size), dilation: Type.Optional(size) };
const planes = { stride: Type.Optional(sizes), dilation: Type.Optional(sizes) };
const pooling = { ceilMode: flag };

/** The weights of one convolution; the number is the same whichever way it goes. */
function weightsOf(
  {
    inChannels,
    outChannels,
    groups = 1,
    bias = true,
  }: {
    inChannels: number;
    outChannels: number;
    groups?: number;
    bias?: boolean;
  },
  window: number,
): number {
  return (outChannels * inChannels * window) / groups + (bias ? outChannels : 0);
}

export const convolutions: LayerTypes = {
  Conv1d: layerType(
    options({
      ...channels,
      ...steps,
      kernelSize: size,
      padding: Type.Optional(Type.Union([whole, ...named])),
    }),
    ({ inChannels, outChannels, kernelSize, ...rest }, { claim, generator }) => {
      claim(weightsOf({ inChannels, outChannels, ...rest }, kernelSize));
      return new Conv1d(inChannels, outChannels, kernelSize, { ...rest, generator });
    },
  ),
  Conv2d: layerType(
    options({
      ...channels,
      ...planes,
      kernelSize: sizes,
      padding: Type.Optional(Type.Union([wholes, ...named])),
    }),
    ({ inChannels, outChannels, kernelSize, ...rest }, { claim, generator }) => {
      claim(weightsOf({ inChannels, outChannels, ...rest }, windowSize(kernelSize, 2)));
      return new Conv2d(inChannels, outChannels, kernelSize, { ...rest, generator });
    },
  ),
  ConvTranspose2d: layerType(
    options({
      ...channels,
      ...planes,
      kernelSize: sizes,
      padding: Type.Optional(wholes),
      outputPadding: Type.Optional(wholes),
    }),
    ({ inChannels, outChannels, kernelSize, ...rest }, { claim, generator }) => {
      claim(weightsOf({ inChannels, outChannels, ...rest }, windowSize(kernelSize, 2)));
      return new ConvTranspose2d(inChannels, outChannels, kernelSize, { ...rest, generator });
    },
  ),
  MaxPool1d: layerType(
    options({ ...pooling, ...steps, kernelSize: size, padding: Type.Optional(whole) }),
    ({ kernelSize, ...rest }) => new MaxPool1d(kernelSize, rest),
  ),
  MaxPool2d: layerType(
    options({ ...pooling, ...planes, kernelSize: sizes, padding: Type.Optional(wholes) }),
    ({ kernelSize, ...rest }) => new MaxPool2d(kernelSize, rest),
  ),
  AvgPool1d: layerType(
    options({
      ...pooling,
      kernelSize: size,
      stride: steps.stride,
      padding: Type.Optional(whole),
      countIncludePad: flag,
    }),
    ({ kernelSize, ...rest }) => new AvgPool1d(kernelSize, rest),
  ),
  AvgPool2d: layerType(
    options({
      ...pooling,
      kernelSize: sizes,
      stride: planes.stride,
      padding: Type.Optional(wholes),
      countIncludePad: flag,
    }),
    ({ kernelSize, ...rest }) => new AvgPool2d(kernelSize, rest),
  ),
  Flatten: layerType(
    options({ startDim: Type.Optional(Type.Integer()), endDim: Type.Optional(Type.Integer()) }),
    (given) => new Flatten(given),
  ),
};
