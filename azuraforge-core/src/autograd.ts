import { shapeError, TensorError } from './error.ts';
import { asyncScopeError, outsideScopes, within } from './memory.ts';
import { requireDType, sharedDevice } from './ops/compute.ts';
import { isContiguous, sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Turns the gradients of a node's outputs (null where nobody used the output) into those of its inputs; `needs` tells
 * which inputs want one. Runs without recording; what it makes and does not return is disposed.
 */
export type GradientRule = (
  gradients: readonly (Tensor | null)[],
  saved: readonly Tensor[],
  needs: readonly boolean[],
) => readonly (Tensor | null)[];

interface Edge {
  readonly node: GradientNode | null;
  readonly output: number;
  readonly leaf: Tensor | null;
}

let recording = true;
let nextNodeId = 0;

/** One recorded operation: owns what its gradient rule needs, and is owned by its outputs and by the nodes after it. */
export class GradientNode {
  readonly id = nextNodeId++;
  readonly name: string;
  readonly edges: readonly (Edge | null)[];
  readonly needs: readonly boolean[];
  readonly outputs: number;
  /** Non-leaf tensors that asked for their gradient, by output; weak, so that the graph does not keep them alive. */
  readonly retained = new Map<number, WeakRef<Tensor>>();
  /** null as soon as it cannot run again: what the function sees around it would stay alive with it. */
  #rule: GradientRule | null;
  #saved: readonly { readonly tensor: Tensor; readonly version: number }[];
  #references = 0;

  constructor(
    name: string,
    inputs: readonly Tensor[],
    outputs: number,
    saved: readonly Tensor[],
    rule: GradientRule,
  ) {
    this.name = name;
    this.outputs = outputs;
    this.#rule = rule;
    this.#saved = saved.map((tensor) => ({ tensor: tensor.hold(), version: tensor.storage.version }));
    this.edges = inputs.map((tensor) => {
      if (!tensor.requiresGrad) return null;
      const origin = tensor.origin;
      origin?.node.retain();
      return origin === null
        ? { node: null, output: 0, leaf: tensor }
        : { node: origin.node, output: origin.output, leaf: null };
    });
    this.needs = this.edges.map((edge) => edge !== null);
  }

  retain(): void {
    this.#references += 1;
  }

  release(): void {
    // A loop instead of recursion: a long chain of nodes would overflow the stack.
    const stack: GradientNode[] = [this];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      node.#references -= 1;
      if (node.#references > 0) continue;
      node.forget();
      for (const edge of node.edges) if (edge?.node) stack.push(edge.node);
    }
  }

  /** Gives up the saved values; the node cannot run again. */
  forget(): void {
    for (const { tensor } of this.#saved) tensor.dispose();
    this.#saved = [];
    this.#rule = null;
  }

  run(gradients: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const rule = this.#rule;
    if (rule === null) {
      throw new TensorError(
        'INVALID_GRAPH',
        'the values of this graph were released by an earlier backward; pass { retainGraph: true } to the first one',
        { op: this.name },
      );
    }
    for (const { tensor, version } of this.#saved) {
      if (tensor.storage.version !== version) {
        throw new TensorError(
          'INVALID_GRAPH',
          `a tensor of shape [${tensor.shape.join(', ')}] that backward needs was changed in place after the forward pass`,
          { op: this.name },
        );
      }
    }
    const saved = this.#saved.map(({ tensor }) => tensor);
    const borrowed = new Set<Tensor>(saved);
    for (const gradient of gradients) if (gradient !== null) borrowed.add(gradient);
    return within(this.name, () =>
      rule(gradients, saved, this.needs).map((result) => {
        if (result === null) return null;
        if (borrowed.has(result)) return result.hold();
        borrowed.add(result);
        return result;
      }),
    );
  }
}

/** Notes in the graph how `outputs` were made. Returns them; a no-op when no input needs a gradient. */
export function record<const T extends readonly Tensor[]>(
  name: string,
  inputs: readonly Tensor[],
  outputs: T,
  saved: readonly Tensor[],
  rule: GradientRule,
): T {
  if (!recording || !inputs.some((tensor) => tensor.requiresGrad)) return outputs;
  const node = new GradientNode(name, inputs, outputs.length, saved, rule);
  for (const [index, output] of outputs.entries()) output.attach(node, index);
  return outputs;
}

/** Runs `fn` (not async) without recording operations. */
export function noGrad<T>(fn: () => T): T {
  const result = setRecording(false, fn);
  if (result instanceof Promise) throw asyncScopeError('noGrad', result);
  return result;
}

/** Runs `fn` (not async) with operations recorded even if a `noGrad` is around it. */
export function withGradients<T>(fn: () => T): T {
  return setRecording(true, fn);
}

function setRecording<T>(value: boolean, fn: () => T): T {
  const before = recording;
  recording = value;
  try {
    return fn();
  } finally {
    recording = before;
  }
}

export interface BackwardOptions {
  /** Keep the saved values, so that backward can run through the same graph again. */
  retainGraph?: boolean;
}

/** Adds d(root)/d(leaf) times `gradient` to the `grad` of every leaf below `root`. */
export function backward(root: Tensor, gradient: Tensor | undefined, options: BackwardOptions): void {
  sharedDevice('backward', gradient === undefined ? [root] : [root, gradient]);
  if (gradient !== undefined) requireDType('backward', 'the gradient', gradient, 'float32');
  if (!root.requiresGrad) {
    throw new TensorError('INVALID_GRAPH', 'this tensor does not depend on any tensor with requiresGrad', {
      op: 'backward',
    });
  }
  if (gradient === undefined && root.size !== 1) {
    throw shapeError(
      'backward',
      [root.shape],
      'a single element, or a gradient of the same shape as an argument',
    );
  }
  if (gradient !== undefined && !sameShape(gradient.shape, root.shape)) {
    throw shapeError('backward', [gradient.shape], `the shape of the tensor, [${root.shape.join(', ')}]`);
  }
  if (gradient !== undefined) {
    requireDType('backward', 'the gradient', gradient, root.dtype);
    sharedDevice('backward', [root, gradient]);
  }
  outsideScopes(() =>
    noGrad(() => {
      const seed = gradient === undefined ? root.filledLike(1) : gradient.hold();
      if (root.origin === null) accumulate(root, seed);
      else propagate(root.origin.node, root.origin.output, seed, options.retainGraph ?? false);
    }),
  );
}

function propagate(start: GradientNode, output: number, seed: Tensor, retainGraph: boolean): void {
  const pending = new Map<GradientNode, (Tensor | null)[]>();
  const deposit = (node: GradientNode, index: number, gradient: Tensor): void => {
    let slots = pending.get(node);
    if (slots === undefined) {
      slots = Array.from({ length: node.outputs }, () => null);
      pending.set(node, slots);
    }
    slots[index] = sumOf(slots[index] ?? null, gradient);
  };
  deposit(start, output, seed);
  try {
    // A node is made after those it depends on, so falling ids are a topological order.
    for (const node of collect(start).sort((a, b) => b.id - a.id)) {
      const gradients = pending.get(node);
      if (gradients === undefined) continue;
      for (const [index, reference] of node.retained) {
        const tensor = reference.deref();
        const gradient = gradients[index] ?? null;
        if (tensor !== undefined && !tensor.isDisposed && gradient !== null)
          accumulate(tensor, gradient.hold());
      }
      const results = node.run(gradients);
      for (const [index, result] of results.entries()) {
        if (result === null) continue;
        const edge = node.edges[index] ?? null;
        if (edge?.node) deposit(edge.node, edge.output, result);
        else if (edge?.leaf && !edge.leaf.isDisposed) accumulate(edge.leaf, result);
        else result.dispose();
      }
      for (const gradient of gradients) gradient?.dispose();
      pending.delete(node);
      if (!retainGraph) node.forget();
    }
  } finally {
    for (const gradients of pending.values()) for (const gradient of gradients) gradient?.dispose();
  }
}

function collect(start: GradientNode): GradientNode[] {
  const found = new Set([start]);
  for (const node of found) for (const edge of node.edges) if (edge?.node) found.add(edge.node);
  return [...found];
}

/** Both arguments are given away; the result is theirs or a new tensor. */
function sumOf(a: Tensor | null, b: Tensor): Tensor {
  if (a === null) return b;
  const sum = a.add(b);
  a.dispose();
  b.dispose();
  return sum;
}

/** Takes the gradient over. A first one becomes `grad` itself if nobody else sees its memory, else a copy does. */
function accumulate(tensor: Tensor, gradient: Tensor): void {
  const before = tensor.grad;
  const isOwn = !gradient.storage.isShared && isContiguous(gradient.layout);
  if (before === null && isOwn) {
    tensor.grad = gradient;
    return;
  }
  try {
    tensor.grad = before === null ? gradient.clone() : before.add(gradient);
  } finally {
    gradient.dispose();
  }
}
