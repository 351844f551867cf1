import { Type } from 'typebox';
import {
  ELU,
  GELU,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  Identity,
  LeakyReLU,
  LogSigmoid,
  Mish,
  PReLU,
  ReLU,
  ReLU6,
  SELU,
  SiLU,
  Sigmoid,
  Softplus,
  Softsign,
  Tanh,
} from '../../nn/activation.ts';
import { LogSoftmax, Softmax } from '../../nn/softmax.ts';
import { layerType, number, options, plainLayer, size } from '../layer-type.ts';
import type { LayerTypes } from '../layer-type.ts';

const alongAxis = options({ dim: Type.Optional(Type.Integer()) });

export const activations: LayerTypes = {
  ReLU: plainLayer(() => new ReLU()),
  Tanh: plainLayer(() => new Tanh()),
  Sigmoid: plainLayer(() => new Sigmoid()),
  GELU: layerType(
    options({ approximate: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('tanh')])) }),
    (given) => new GELU(given),
  ),
  LeakyReLU: layerType(options({ negativeSlope: number }), (given) => new LeakyReLU(given)),
  PReLU: layerType(options({ numParameters: Type.Optional(size), init: number }), (given, { claim }) => {
    claim(given.numParameters ?? 1);
    return new PReLU(given);
  }),
  ELU: layerType(options({ alpha: number }), (given) => new ELU(given)),
  SELU: plainLayer(() => new SELU()),
  SiLU: plainLayer(() => new SiLU()),
  Mish: plainLayer(() => new Mish()),
  Softplus: layerType(
    options({ beta: Type.Optional(Type.Number({ exclusiveMinimum: 0 })), threshold: number }),
    (given) => new Softplus(given),
  ),
  Softsign: plainLayer(() => new Softsign()),
  LogSigmoid: plainLayer(() => new LogSigmoid()),
  Hardtanh: layerType(options({ minVal: number, maxVal: number }), (given) => new Hardtanh(given)),
  ReLU6: plainLayer(() => new ReLU6()),
  Hardsigmoid: plainLayer(() => new Hardsigmoid()),
  Hardswish: plainLayer(() => new Hardswish()),
  Identity: plainLayer(() => new Identity()),
  Softmax: layerType(alongAxis, (given) => new Softmax(given)),
  LogSoftmax: layerType(alongAxis, (given) => new LogSoftmax(given)),
};
