import { provideWebGpu } from './webgpu.mjs';

/**
 * jax-js on one of its backends. Its functions take their arguments over, and `ref` lends one; a training step is one
 * function under `jit`, as its manual advises.
 */
export async function open({ device }) {
  const adapter =
    device === 'webgpu' ? await provideWebGpu() : 'WebAssembly SIMD, relaxed where the runtime has it';
  const jax = await import('@jax-js/jax');
  const found = await jax.init(device);
  if (!found.includes(device)) throw new Error(`jax-js cannot open its backend ${device}`);
  jax.defaultDevice(device);
  return {
    adapter,
    lstm: (inputs, settings) => ({ step: train(jax, inputs, settings, lstmParameters, lstmLoss) }),
    cnn: (inputs, settings) => ({ step: train(jax, inputs, settings, cnnParameters, cnnLoss) }),
    matmul: (inputs, settings) => multiply(jax, inputs, settings),
  };
}

function load({ numpy }, { data, shape }) {
  return numpy.array(data).reshape(shape);
}

/** Adam with torch's defaults. `corrections`: 1 − beta1^step and 1 − beta2^step. */
function adam(jax, learningRate, parameters, gradients, means, squares, corrections) {
  const [nextParameters, nextMeans, nextSquares] = [[], [], []];
  const [meanCorrection, squareCorrection] = corrections;
  for (const [i, parameter] of parameters.entries()) {
    const gradient = gradients[i];
    const mean = means[i].mul(0.9).add(gradient.ref.mul(0.1));
    const square = squares[i].mul(0.999).add(gradient.ref.mul(gradient).mul(0.001));
    const scale = jax.numpy.sqrt(square.ref.div(squareCorrection.ref)).add(1e-8);
    const change = mean.ref.div(meanCorrection.ref).div(scale).mul(learningRate);
    nextParameters.push(parameter.sub(change));
    nextMeans.push(mean);
    nextSquares.push(square);
  }
  meanCorrection.dispose();
  squareCorrection.dispose();
  return [nextParameters, nextMeans, nextSquares];
}

function train(jax, inputs, { learningRate }, names, lossOf) {
  const { numpy } = jax;
  let parameters = names.map((name) => load(jax, inputs[name]));
  let means = parameters.map(({ shape }) => numpy.zeros(shape));
  let squares = parameters.map(({ shape }) => numpy.zeros(shape));
  const [x, y] = [load(jax, inputs.x), load(jax, inputs.y)];
  const lossAndGradients = jax.valueAndGrad((weights, input, target) => lossOf(jax, weights, input, target));
  const step = jax.jit((weights, first, second, corrections, input, target) => {
    const [loss, gradients] = lossAndGradients(jax.tree.ref(weights), input, target);
    return [loss, ...adam(jax, learningRate, weights, gradients, first, second, corrections)];
  });
  let count = 0;
  return async () => {
    count += 1;
    const corrections = [0.9, 0.999].map((beta) => numpy.array([1 - beta ** count]));
    const [loss, ...next] = step(parameters, means, squares, corrections, x.ref, y.ref);
    [parameters, means, squares] = next;
    await jax.blockUntilReady(next);
    const [value] = await loss.data();
    return value;
  };
}

const lstmParameters = ['weightIh', 'weightHh', 'biasIh', 'biasHh', 'headWeight', 'headBias'];

function lstmLoss({ numpy, nn }, parameters, x, y) {
  const [weightIh, weightHh, biasIh, biasHh, headWeight, headBias] = parameters;
  const [batch, steps, features] = x.shape;
  const hidden = weightHh.shape[1];
  const rows = numpy.matmul(x.reshape([batch * steps, features]), weightIh.transpose());
  const projection = rows.add(biasIh.add(biasHh)).reshape([batch, steps, 4 * hidden]);
  const recurrent = weightHh.transpose();
  let [h, c] = [numpy.zeros([batch, hidden]), numpy.zeros([batch, hidden])];
  for (let t = 0; t < steps; t++) {
    const gates = projection.ref.slice([], t).add(numpy.matmul(h, recurrent.ref));
    const [i, f, g, o] = numpy.split(gates, 4, 1);
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(numpy.tanh(g)));
    h = nn.sigmoid(o).mul(numpy.tanh(c.ref));
  }
  c.dispose();
  projection.dispose();
  recurrent.dispose();
  const error = numpy.matmul(h, headWeight.transpose()).add(headBias).sub(y);
  return error.ref.mul(error).mean();
}

const cnnParameters = ['weight1', 'bias1', 'weight2', 'bias2', 'headWeight', 'headBias'];

function cnnLoss({ lax, nn, numpy }, parameters, x, y) {
  const [weight1, bias1, weight2, bias2, headWeight, headBias] = parameters;
  const batch = x.shape[0];
  const classes = headBias.shape[0];
  const layer = (input, weight, bias) => {
    const [channels, size] = [weight.shape[0], input.shape[2]];
    const planes = nn.relu(lax.conv(input, weight, [1, 1], 'SAME').add(bias.reshape([channels, 1, 1])));
    return planes.reshape([batch, channels, size / 2, 2, size / 2, 2]).max([3, 5]);
  };
  const features = layer(layer(x, weight1, bias1), weight2, bias2).reshape([batch, -1]);
  const logits = numpy.matmul(features, headWeight.transpose()).add(headBias);
  const scores = nn.logSoftmax(logits, 1);
  return nn.oneHot(y.astype(numpy.int32), classes).mul(scores).sum().div(-batch);
}

function multiply({ numpy }, inputs, { positions }) {
  const [a, b] = [load({ numpy }, inputs.a), load({ numpy }, inputs.b)];
  const product = () => numpy.matmul(a.ref, b.ref);
  return {
    step: async () => {
      const result = await product().blockUntilReady();
      result.dispose();
    },
    check: async () => {
      const data = await product().data();
      return positions.map((position) => data[position]);
    },
  };
}
