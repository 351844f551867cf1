import type { GPT } from '../../nn/gpt.ts';
import type { TextClassifier } from '../../nn/text-classifier.ts';
import { checkValue, onnxLayer } from '../graph-writer.ts';
import type { GraphWriter, OnnxLayers, Value } from '../graph-writer.ts';
import { ONNX_TYPE } from '../tensor-proto.ts';
import { project, writeCausalMask } from './attention.ts';

export const texts: OnnxLayers = {
  GPT: onnxLayer<GPT>((model, [tokens], graph) => {
    const embedded = embed(graph, model, tokens, 'GPT');
    const hidden = graph.layer(
      'encoder',
      model.encoder,
      embedded,
      writeCausalMask(graph, embedded, embedded),
    );
    if (model.head) return graph.layer('head', model.head, hidden);
    return project(graph, hidden, graph.parameter('embedding.weight'), null, model.vocabularySize);
  }),
  TextClassifier: onnxLayer<TextClassifier>((model, [tokens], graph) => {
    const embedded = embed(graph, model, tokens, 'TextClassifier');
    const padding = graph.constant({ type: 'int64', shape: [], values: [model.padding] });
    const numbers = graph.node('Cast', [tokens], { attributes: { to: ONNX_TYPE.int64 } });
    const isPadding = graph.node('Equal', [numbers, padding]);
    const mask = graph.node('Where', [isPadding, graph.float(-Infinity), graph.float(0)]);
    const hidden = graph.layer(
      'encoder',
      model.encoder,
      embedded,
      graph.node('Unsqueeze', [mask, graph.ints(1, 2)]),
    );
    return graph.layer('head', model.head, meanOver(graph, hidden, graph.node('Not', [isPadding])));
  }),
};

function embed(
  graph: GraphWriter,
  { embedding, position }: GPT | TextClassifier,
  tokens: Value,
  layer: string,
): Value {
  const fits = tokens.dimensions.length === 2 && tokens.dtype === 'int32';
  checkValue(layer, tokens, '[batch, time] of int32', fits);
  return graph.layer('position', position, graph.layer('embedding', embedding, tokens));
}

/** Over the steps that count: [batch, time, width] → [batch, width]. */
function meanOver(graph: GraphWriter, hidden: Value, counts: Value): Value {
  const [batch, , width] = hidden.dimensions;
  const numbers = graph.node('Cast', [counts], { attributes: { to: ONNX_TYPE.float32 } });
  const weights = graph.node('Unsqueeze', [numbers, graph.ints(2)]);
  const sumOf = (values: Value): Value =>
    graph.node('ReduceSum', [values, graph.ints(1)], { attributes: { keepdims: 0 } });
  const least = graph.node('Max', [sumOf(weights), graph.float(1)]);
  return graph.node('Div', [sumOf(graph.node('Mul', [hidden, weights])), least], {
    dimensions: [batch!, width!],
  });
}
