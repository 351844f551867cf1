import { ArgumentError } from '../../error.ts';
import type { OnnxGraph } from '../graph.ts';
import { OPSET, onnxLayer } from '../graph-writer.ts';
import type { OnnxLayer } from '../graph-writer.ts';
import { isWeight, isWholeType } from '../tensor-proto.ts';

/** An imported graph goes back as it came, with the weights that it has now. */
export const onnxGraph: OnnxLayer = onnxLayer<OnnxGraph>((layer, inputs, writer) => {
  if (layer.opset > OPSET) {
    throw new ArgumentError(
      `An imported graph of opset ${layer.opset} cannot become part of a file of opset ${OPSET}. Use the file that it came from.`,
    );
  }
  const { node, initializer, output } = layer.model.graph!;
  const names = new Map(layer.inputNames.map((name, at) => [name, inputs[at]!.name]));
  const renamed = (name: string): string => (name === '' ? '' : (names.get(name) ?? writer.within(name)));
  for (const proto of initializer) {
    if (isWeight(proto)) names.set(proto.name, writer.parameter(proto.name).name);
    else writer.initializers.set(renamed(proto.name), { ...proto, name: renamed(proto.name) });
  }
  for (const each of node) {
    const constant = each.opType === 'Constant' ? each.attribute[0]?.t : undefined;
    const given = each.output[0]!;
    if (constant && isWeight(constant)) names.set(given, writer.parameter(given).name);
    else {
      const [input, outputs] = [each.input.map(renamed), each.output.map(renamed)];
      writer.nodes.push({ ...each, name: writer.within(each.name || given), input, output: outputs });
    }
  }
  const { name, type } = output[0]!;
  const lengths = type?.tensorType?.shape?.dim ?? [];
  return {
    name: renamed(name),
    dtype: isWholeType(type?.tensorType?.elemType ?? 1) ? 'int32' : 'float32',
    dimensions: lengths.map(({ dimValue }) => (dimValue > 0n ? Number(dimValue) : null)),
  };
});
