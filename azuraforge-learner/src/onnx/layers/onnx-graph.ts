import { ArgumentError } from '../../error.ts';
import type { OnnxGraph } from '../graph.ts';
import { OPSET, onnxLayer } from '../graph-writer.ts';
import type { GraphWriter, OnnxLayer, Value } from '../graph-writer.ts';
import type { NodeProto, TensorProto } from '../schema.ts';
import { ONNX_TYPE, isHalfType, isWeight, isWholeType } from '../tensor-proto.ts';

/** An imported graph goes back as it came, with the weights that it has now. */
export const onnxGraph: OnnxLayer = onnxLayer<OnnxGraph>((layer, inputs, writer) => {
  if (layer.opset > OPSET) {
    throw new ArgumentError(
      `An imported graph of opset ${layer.opset} cannot become part of a file of opset ${OPSET}. Use the file that it came from.`,
    );
  }
  const { node, initializer, output } = layer.model.graph!;
  if (computesInHalves(node, initializer)) {
    throw new ArgumentError(
      'An imported graph that computes in 16-bit floats cannot be exported: it was imported in float32. Use the file that it came from.',
    );
  }
  const types = new Map(layer.model.graph!.input.map(({ name, type }) => [name, type?.tensorType?.elemType]));
  const names = new Map(
    layer.inputNames.map((name, at) => [name, castTo(writer, inputs[at]!, types.get(name) ?? 1).name]),
  );
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
  const declared = type?.tensorType?.elemType ?? 1;
  const given: Value = {
    name: renamed(name),
    dtype: isWholeType(declared) ? 'int32' : 'float32',
    dimensions: lengths.map(({ dimValue }) => (dimValue > 0n ? Number(dimValue) : null)),
  };
  return isWide(declared)
    ? writer.node('Cast', [given], { attributes: { to: ONNX_TYPE[given.dtype] } })
    : given;
});

/** What the imported nodes were written for, from what a model of this package is given. */
function castTo(writer: GraphWriter, input: Value, type: number): Value {
  return isWide(type) ? writer.node('Cast', [input], { attributes: { to: type } }) : input;
}

/** Whether a type is neither one of this package's nor read as one. */
function isWide(type: number): boolean {
  return type !== ONNX_TYPE.float32 && type !== ONNX_TYPE.int32 && !isHalfType(type);
}

/** Weights alone may be of 16 bits: they are exported as they were imported, in float32. */
function computesInHalves(nodes: readonly NodeProto[], initializers: readonly TensorProto[]): boolean {
  const attributes = nodes.flatMap(({ attribute }) => attribute);
  const constants = [...initializers, ...attributes.flatMap(({ t }) => t ?? [])];
  return (
    constants.some((proto) => isHalfType(proto.dataType) && !isWeight(proto)) ||
    attributes.some(({ name, i }) => name === 'to' && isHalfType(Number(i)))
  );
}
