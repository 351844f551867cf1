/** How a shader sees a buffer. Slots count the buffers of the kernel, then the scratch buffers of its program. */
export interface Binding {
  readonly slot: number;
  readonly writable: boolean;
}

type WordType = 'u32' | 'i32' | 'f32';
type Source = number | ((scalars: readonly number[]) => number);

/** A number that a shader is handed: fixed with the kernel, or made from the scalars of a dispatch. */
export interface Word {
  readonly type: WordType;
  readonly source: Source;
}

/** One dispatch of one shader. Passes with equal code share a pipeline: what tells kernels apart is in the words. */
export interface Pass {
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly words: readonly Word[];
  readonly workgroups: readonly [number, number, number];
}

/** What a kernel becomes. */
export interface Program {
  /** Byte lengths of buffers whose content is needed from one pass to the next and no longer. */
  readonly scratch: readonly number[];
  passes(scalars: readonly number[]): readonly Pass[];
}

/** A program whose passes are the same whatever the scalars. */
export function fixedProgram(passes: readonly Pass[], scratch: readonly number[] = []): Program {
  return { scratch, passes: () => passes };
}

/** The most workgroups along x; more of them go on along y. A power of two below every device's limit. */
const ROW = 32768;

export interface Grid {
  /** Threads in a workgroup. */
  readonly workgroup: number;
  readonly workgroups: number;
}

/** Enough workgroups for one thread per item. */
export function gridFor(items: number, workgroup: number): Grid {
  return { workgroup, workgroups: Math.ceil(items / workgroup) };
}

/** Gathers the parts of a shader. */
export class Shader {
  readonly #declarations: string[] = [];
  readonly #functions = new Set<string>();
  readonly #bindings: Binding[] = [];
  readonly #words: Word[] = [];
  #hasSubgroups = false;

  /** Declares a buffer; returns its name. `type` is that of its elements. */
  buffer(slot: number, type: string, access: 'read' | 'read_write' = 'read'): string {
    const name = `buffer${this.#bindings.length}`;
    this.#declarations.push(
      `@group(0) @binding(${this.#bindings.length}) var<storage, ${access}> ${name}: array<${type}>;`,
    );
    this.#bindings.push({ slot, writable: access === 'read_write' });
    return name;
  }

  /** A number as an expression of the shader; its value is not part of the code. */
  uint(source: Source): string {
    return this.#word('u32', source);
  }

  int(source: Source): string {
    return `bitcast<i32>(${this.#word('i32', source)})`;
  }

  float(source: Source): string {
    return `bitcast<f32>(${this.#word('f32', source)})`;
  }

  /** Lets the body use the operations of a subgroup; it then sees `lane`, the number of the thread in its subgroup. */
  enableSubgroups(): void {
    this.#hasSubgroups = true;
  }

  /** Adds module-level text once. */
  include(text: string): void {
    this.#functions.add(text);
  }

  /** The finished pass. `body` sees `group` (the number of the workgroup), `local` (that of the thread in it) and `thread`. */
  pass(body: readonly string[], { workgroup, workgroups }: Grid): Pass {
    const vectors = Math.max(1, Math.ceil(this.#words.length / 4));
    const code = [
      ...(this.#hasSubgroups ? ['enable subgroups;'] : []),
      ...this.#declarations,
      `@group(1) @binding(0) var<uniform> words: array<vec4<u32>, ${vectors}>;`,
      ...this.#functions,
      `@compute @workgroup_size(${workgroup})`,
      'fn main(@builtin(workgroup_id) place: vec3<u32>, @builtin(local_invocation_index) local: u32',
      ...(this.#hasSubgroups ? [', @builtin(subgroup_invocation_id) lane: u32'] : []),
      ') {',
      `let group = place.y * ${ROW}u + place.x;`,
      `let thread = group * ${workgroup}u + local;`,
      ...body,
      '}',
    ].join('\n');
    return {
      code,
      bindings: this.#bindings,
      words: this.#words,
      workgroups: [Math.min(workgroups, ROW), Math.ceil(workgroups / ROW), 1],
    };
  }

  #word(type: WordType, source: Source): string {
    const at = this.#words.push({ type, source }) - 1;
    return `words[${at >> 2}].${'xyzw'[at & 3]}`;
  }
}
