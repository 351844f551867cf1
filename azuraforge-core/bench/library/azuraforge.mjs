import {
  adamStep,
  compile,
  conv2d,
  createAdamState,
  crossEntropyLoss,
  fromTypedArray,
  linear,
  lstm,
  maxPool2d,
  mseLoss,
  openCpuBackend,
  openWasmBackend,
  openWebGpuBackend,
  registerBackend,
  setDefaultDevice,
  tidy,
  zeroGrad,
} from '../../dist/index.js';

const openBackend = {
  cpu: () => openCpuBackend('cpu'),
  wasm: (threads) => openWasmBackend('wasm', { threads }),
  webgpu: () => openWebGpuBackend('webgpu', { software: 'allow' }),
};

/** Opens one device of ours. `compiled`: training steps are captured once and replayed. */
export async function open({ device, threads, compiled }) {
  registerBackend({ name: device, open: () => openBackend[device](threads) });
  const { adapter } = await setDefaultDevice(device);
  const asStep = (program) => {
    const step = compiled ? compile(program) : () => tidy(program);
    return async () => {
      const loss = step();
      const value = await loss.item();
      loss.dispose();
      return value;
    };
  };
  return {
    adapter,
    lstm: (inputs, settings) => ({ step: asStep(trainLstm(inputs, settings)) }),
    cnn: (inputs, settings) => ({ step: asStep(trainCnn(inputs, settings)) }),
    matmul: multiply,
  };
}

function load({ data, shape }, dtype = 'float32') {
  return fromTypedArray(dtype === 'int32' ? Int32Array.from(data) : data, shape);
}

function loadParameter(input) {
  const parameter = load(input);
  parameter.requiresGrad = true;
  return parameter;
}

/** One step of training: the loss, its gradients, an update of all parameters. */
function train(parameters, learningRate, lossOf) {
  const state = createAdamState(parameters);
  return () => {
    zeroGrad(parameters);
    const loss = lossOf();
    loss.backward();
    adamStep(parameters, state, { lr: learningRate });
    return loss.detach();
  };
}

function trainLstm(inputs, { learningRate }) {
  const [weightIh, weightHh, biasIh, biasHh, headWeight, headBias] = [
    inputs.weightIh,
    inputs.weightHh,
    inputs.biasIh,
    inputs.biasHh,
    inputs.headWeight,
    inputs.headBias,
  ].map(loadParameter);
  const [x, y] = [load(inputs.x), load(inputs.y)];
  return train([weightIh, weightHh, biasIh, biasHh, headWeight, headBias], learningRate, () => {
    const { hidden } = lstm(x, { weightIh, weightHh, biasIh, biasHh });
    return mseLoss(linear(hidden, headWeight, headBias), y);
  });
}

function trainCnn(inputs, { learningRate }) {
  const [weight1, bias1, weight2, bias2, headWeight, headBias] = [
    inputs.weight1,
    inputs.bias1,
    inputs.weight2,
    inputs.bias2,
    inputs.headWeight,
    inputs.headBias,
  ].map(loadParameter);
  const [x, y] = [load(inputs.x), load(inputs.y, 'int32')];
  return train([weight1, bias1, weight2, bias2, headWeight, headBias], learningRate, () => {
    const first = maxPool2d(conv2d(x, weight1, bias1, { padding: 1 }).relu(), 2);
    const second = maxPool2d(conv2d(first, weight2, bias2, { padding: 1 }).relu(), 2);
    return crossEntropyLoss(linear(second.reshape([x.shape[0], -1]), headWeight, headBias), y);
  });
}

function multiply(inputs, { positions }) {
  const [a, b] = [load(inputs.a), load(inputs.b)];
  return {
    step: async () => {
      const corner = tidy(() => a.matmul(b).select(0, 0).select(0, 0));
      await corner.item();
      corner.dispose();
    },
    check: async () => {
      const product = a.matmul(b);
      const data = await product.data();
      return positions.map((position) => data[position]);
    },
  };
}
