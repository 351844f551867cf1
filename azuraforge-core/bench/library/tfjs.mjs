import { provideWebGpu } from './webgpu.mjs';

const backends = {
  cpu: () => 'plain JavaScript',
  wasm: async (tf) => {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
    return (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'WebAssembly SIMD' : 'WebAssembly';
  },
  webgpu: async () => {
    const adapter = await provideWebGpu();
    await import('@tensorflow/tfjs-backend-webgpu');
    return adapter;
  },
};

/** TensorFlow.js on one of its backends, in its own layouts: channels last, weights as [in, out]. */
export async function open({ device }) {
  const tf = await import('@tensorflow/tfjs');
  const adapter = await backends[device](tf);
  if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js cannot open its backend ${device}`);
  await tf.ready();
  return {
    adapter,
    lstm: (inputs, settings) => trainLstm(tf, inputs, settings),
    cnn: (inputs, settings) => trainCnn(tf, inputs, settings),
    matmul: (inputs, settings) => multiply(tf, inputs, settings),
  };
}

function load(tf, { data, shape }, dtype = 'float32') {
  return tf.tensor(dtype === 'int32' ? Int32Array.from(data) : data, shape, dtype);
}

function loadParameter(tf, input, toOwnLayout = (tensor) => tensor) {
  return tf.variable(tf.tidy(() => toOwnLayout(load(tf, input))));
}

function train(tf, parameters, learningRate, lossOf) {
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  return async () => {
    const loss = tf.tidy(() => optimizer.minimize(lossOf, true, parameters));
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}

function trainLstm(tf, inputs, { learningRate }) {
  const [batch, steps, features] = inputs.x.shape;
  const hidden = inputs.weightHh.shape[1];
  const weightIh = loadParameter(tf, inputs.weightIh, (weight) => tf.transpose(weight));
  const weightHh = loadParameter(tf, inputs.weightHh, (weight) => tf.transpose(weight));
  const biasIh = loadParameter(tf, inputs.biasIh);
  const biasHh = loadParameter(tf, inputs.biasHh);
  const headWeight = loadParameter(tf, inputs.headWeight, (weight) => tf.transpose(weight));
  const headBias = loadParameter(tf, inputs.headBias);
  const [x, y] = [load(tf, inputs.x), load(tf, inputs.y)];
  const cell = (input, h, c) => {
    const [i, f, g, o] = tf.split(tf.add(input, tf.matMul(h, weightHh)), 4, 1);
    const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next];
  };
  const lossOf = () => {
    // The input projection of all steps at once, as a hand that knows the library writes it.
    const rows = tf.matMul(tf.reshape(x, [batch * steps, features]), weightIh);
    const projection = tf.add(rows, tf.add(biasIh, biasHh));
    let [h, c] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
    for (const input of tf.unstack(tf.reshape(projection, [batch, steps, 4 * hidden]), 1)) {
      [h, c] = cell(input, h, c);
    }
    return tf.losses.meanSquaredError(y, tf.add(tf.matMul(h, headWeight), headBias));
  };
  const parameters = [weightIh, weightHh, biasIh, biasHh, headWeight, headBias];
  return { step: train(tf, parameters, learningRate, lossOf) };
}

function trainCnn(tf, inputs, { learningRate }) {
  const [batch, , size] = inputs.x.shape;
  const classes = inputs.headBias.shape[0];
  const [channels, side] = [inputs.bias2.shape[0], size / 4];
  const weight1 = loadParameter(tf, inputs.weight1, (weight) => tf.transpose(weight, [2, 3, 1, 0]));
  const bias1 = loadParameter(tf, inputs.bias1);
  const weight2 = loadParameter(tf, inputs.weight2, (weight) => tf.transpose(weight, [2, 3, 1, 0]));
  const bias2 = loadParameter(tf, inputs.bias2);
  const headWeight = loadParameter(tf, inputs.headWeight, (weight) => {
    const planes = tf.reshape(weight, [classes, channels, side, side]);
    return tf.reshape(tf.transpose(planes, [2, 3, 1, 0]), [-1, classes]);
  });
  const headBias = loadParameter(tf, inputs.headBias);
  const x = tf.tidy(() => tf.transpose(load(tf, inputs.x), [0, 2, 3, 1]));
  const y = tf.tidy(() => tf.cast(tf.oneHot(load(tf, inputs.y, 'int32'), classes), 'float32'));
  const layer = (input, filter, bias) => {
    const planes = tf.fused.conv2d({ x: input, filter, bias, strides: 1, pad: 'same', activation: 'relu' });
    return tf.maxPool(planes, 2, 2, 'valid');
  };
  const lossOf = () => {
    const features = tf.reshape(layer(layer(x, weight1, bias1), weight2, bias2), [batch, -1]);
    return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(features, headWeight), headBias));
  };
  const parameters = [weight1, bias1, weight2, bias2, headWeight, headBias];
  return { step: train(tf, parameters, learningRate, lossOf) };
}

function multiply(tf, inputs, { positions }) {
  const [a, b] = [load(tf, inputs.a), load(tf, inputs.b)];
  return {
    step: async () => {
      const corner = tf.tidy(() => tf.slice(tf.matMul(a, b), [0, 0], [1, 1]));
      await corner.data();
      corner.dispose();
    },
    check: async () => {
      const product = tf.matMul(a, b);
      const data = await product.data();
      product.dispose();
      return positions.map((position) => data[position]);
    },
  };
}
