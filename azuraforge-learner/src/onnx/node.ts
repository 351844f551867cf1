import { ModelFileError } from '../error.ts';
import type { AttributeProto, NodeProto } from './schema.ts';
import { ATTRIBUTE_TYPE } from './schema.ts';

/** A node of a file, whose attributes are read with their defaults. */
export class OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #name: string;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(proto: NodeProto, at: number) {
    this.op = proto.opType;
    this.inputs = proto.input;
    this.outputs = proto.output;
    this.#name = proto.name || `number ${at + 1}`;
    this.#attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  get attributeNames(): string[] {
    return [...this.#attributes.keys()];
  }

  /** An error that names the node. */
  error(problem: string, cause?: unknown): ModelFileError {
    const options = cause === undefined ? undefined : { cause };
    return new ModelFileError(`ONNX: node ${this.#name} (${this.op}) ${problem}`, options);
  }

  int(name: string, missing: number): number {
    const attribute = this.#find(name, ATTRIBUTE_TYPE.int, 'a whole number');
    return attribute ? Number(attribute.i) : missing;
  }

  float(name: string, missing: number): number {
    return this.#find(name, ATTRIBUTE_TYPE.float, 'a number')?.f ?? missing;
  }

  text(name: string, missing: string): string {
    const attribute = this.#find(name, ATTRIBUTE_TYPE.string, 'a text');
    return attribute ? new TextDecoder().decode(attribute.s) : missing;
  }

  ints(name: string): number[] | null {
    return this.#find(name, ATTRIBUTE_TYPE.ints, 'a list of whole numbers')?.ints.map(Number) ?? null;
  }

  texts(name: string): string[] | null {
    const attribute = this.#find(name, ATTRIBUTE_TYPE.strings, 'a list of texts');
    return attribute?.strings.map((each) => new TextDecoder().decode(each)) ?? null;
  }

  tensor(name: string): AttributeProto['t'] | null {
    return this.#find(name, ATTRIBUTE_TYPE.tensor, 'a tensor')?.t ?? null;
  }

  /** Refuses a value of an attribute that changes what the node computes in a way that is not built here. */
  requireInt(name: string, missing: number, allowed: number): void {
    const given = this.int(name, missing);
    if (given !== allowed) throw this.unsupported(name, given, allowed);
  }

  unsupported(name: string, given: unknown, allowed: unknown): ModelFileError {
    return this.error(
      `has ${name} = ${String(given)}; ${String(allowed)} alone can be imported. Export the model without it.`,
    );
  }

  #find(name: string, type: number, kind: string): AttributeProto | undefined {
    const attribute = this.#attributes.get(name);
    if (attribute && attribute.type !== type) {
      throw this.error(`has the attribute ${name}, which is not ${kind}: the file is damaged.`);
    }
    return attribute;
  }
}
