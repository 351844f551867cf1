import type { Operators } from './operator.ts';
import { elementwiseOperators } from './operators/elementwise.ts';
import { matrixOperators } from './operators/matrix.ts';
import { recurrentOperators } from './operators/recurrent.ts';
import { shapeOperators } from './operators/shape.ts';
import { windowOperators } from './operators/window.ts';

/** ONNX's operators on tensors, each from core's ops. */
export const operators: Operators = {
  ...elementwiseOperators,
  ...matrixOperators,
  ...recurrentOperators,
  ...shapeOperators,
  ...windowOperators,
};
