import type { GPT } from '../../nn/gpt.ts';
import type { TextClassifier } from '../../nn/text-classifier.ts';
import { onnxLayer } from '../graph-writer.ts';
import type { GraphWriter, OnnxLayers, Value } from '../graph-writer.ts';
import { project, writeCausalMask } from './attention.ts';
import { checkTokens, writeTokenMask } from './sequence.ts';

/** Far below any score. Not −∞, of which a text of nothing but padding would get NaN, for all that it is not counted. */
const HIDDEN = -1e30;

export const texts: OnnxLayers = {
  GPT: onnxLayer<GPT>((model, [tokens], graph) => {
    checkTokens('GPT', tokens);
    const steps = graph.shapeOf(tokens, 1, 2);
    const hidden = encode(graph, model, tokens, writeCausalMask(graph, [steps, steps]));
    const { head, vocabularySize } = model;
    if (head) return graph.layer('head', head, hidden);
    return project(graph, hidden, graph.parameter('embedding.weight'), null, vocabularySize);
  }),
  TextClassifier: onnxLayer<TextClassifier>((model, [tokens], graph) => {
    checkTokens('TextClassifier', tokens);
    const counts = writeTokenMask(graph, tokens, model.padding, 'float32');
    const hides = graph.node('Mul', [graph.node('Sub', [graph.float(1), counts]), graph.float(HIDDEN)]);
    const hidden = encode(graph, model, tokens, graph.node('Unsqueeze', [hides, graph.ints(1, 2)]));
    return graph.layer('head', model.head, writeMean(graph, hidden, counts));
  }),
};

/** Tokens [batch, time] → [batch, time, width], with a mask that is added to the scores of attention. */
function encode(graph: GraphWriter, model: GPT | TextClassifier, tokens: Value, mask: Value): Value {
  const embedded = graph.layer('embedding', model.embedding, tokens);
  return graph.layer('encoder', model.encoder, graph.layer('position', model.position, embedded), mask);
}

/** Over the steps that count: [batch, time, width] and [batch, time] → [batch, width]. */
function writeMean(graph: GraphWriter, hidden: Value, counts: Value): Value {
  const [batch, , width] = hidden.dimensions;
  const weights = graph.node('Unsqueeze', [counts, graph.ints(2)]);
  const sum = (values: Value): Value =>
    graph.node('ReduceSum', [values, graph.ints(1)], { attributes: { keepdims: 0 } });
  const total = sum(graph.node('Mul', [hidden, weights]));
  return graph.node('Div', [total, graph.node('Max', [sum(weights), graph.float(1)])], {
    dimensions: [batch!, width!],
  });
}
