import type { Code, ValueType } from './instruction.ts';
import { f32x4, i32, i32x4, unsigned } from './instruction.ts';

const TYPE_CODE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A variable or parameter of a function. */
export class Local {
  readonly type: ValueType;
  readonly get: Code;
  readonly #index: number;

  constructor(index: number, type: ValueType) {
    this.#index = index;
    this.type = type;
    this.get = [0x20, unsigned(index)];
  }

  set(value: Code): Code {
    return [value, 0x21, unsigned(this.#index)];
  }

  /** Adds to an i32. */
  increase(amount: Code): Code {
    return this.set(i32.add(this.get, amount));
  }

  /** Takes from an i32. */
  decrease(amount: Code): Code {
    return this.set(i32.sub(this.get, amount));
  }
}

/** A function that is being written. */
export class FunctionBuilder {
  readonly parameters: readonly Local[];
  readonly #locals: ValueType[] = [];
  readonly #prologue: Code[] = [];
  readonly #constants = new Map<string, Local>();

  constructor(parameters: readonly ValueType[]) {
    this.parameters = parameters.map((type, index) => new Local(index, type));
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return new Local(this.parameters.length + this.#locals.length - 1, type);
  }

  /** A local that is set once, before the body. */
  once(type: ValueType, value: Code): Local {
    const local = this.local(type);
    this.#prologue.push(local.set(value));
    return local;
  }

  /** Four times the same float; made once per call, as engines rebuild a vector constant at every use. */
  splat(value: number): Code {
    return this.#constant(`f${Object.is(value, -0) ? '-0' : value}`, () =>
      f32x4.splat([0x43, ...new Uint8Array(Float32Array.of(value).buffer)]),
    );
  }

  /** Four times the same 32 bits. */
  splatBits(value: number): Code {
    return this.#constant(`i${value}`, () => i32x4.splat(i32.const(value)));
  }

  #constant(key: string, make: () => Code): Code {
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = this.once('v128', make());
      this.#constants.set(key, local);
    }
    return local.get;
  }

  /** The function's entry in the code section, without its length. */
  encode(body: Code): number[] {
    const locals = this.#locals.map((type) => [1, TYPE_CODE[type]]);
    return flatten([unsigned(locals.length), locals, this.#prologue, body, 0x0b]);
  }
}

/** Writes a call with the arguments given. */
export type Callee = (...args: readonly Code[]) => Code;

/** Of any size, and shared between threads up to 4 GiB. */
const MEMORY = [0x02, 0x00, 0x00];
const SHARED_MEMORY = [0x02, 0x03, 0x00, unsigned(65_536)];

/** A WebAssembly module that is being written. It uses the memory `env.memory` of its host. */
export class ModuleBuilder {
  readonly #types: string[] = [];
  readonly #typeBytes: Code[] = [];
  readonly #imports: Code[];
  readonly #importedFunctions: string[] = [];
  readonly #functionTypes: number[] = [];
  readonly #bodies: number[][] = [];
  readonly #exports: Code[] = [];

  constructor({ sharedMemory = false } = {}) {
    this.#imports = [[name('env'), name('memory'), sharedMemory ? SHARED_MEMORY : MEMORY]];
  }

  /** Function `env.{key}` of the host. Has to come before the first `define`. */
  import(key: string, parameters: readonly ValueType[], results: readonly ValueType[]): Callee {
    this.#imports.push([name('env'), name(key), 0x00, unsigned(this.#type(parameters, results))]);
    this.#importedFunctions.push(key);
    return callee(this.#importedFunctions.length - 1);
  }

  /** Adds a function, visible to the host when it is given a name. */
  define(
    parameters: readonly ValueType[],
    results: readonly ValueType[],
    write: (builder: FunctionBuilder, ...parameters: Local[]) => Code,
    exportName?: string,
  ): Callee {
    const builder = new FunctionBuilder(parameters);
    const body = builder.encode(write(builder, ...builder.parameters));
    const index = this.#importedFunctions.length + this.#bodies.length;
    this.#bodies.push(body);
    this.#functionTypes.push(this.#type(parameters, results));
    if (exportName !== undefined) this.#exports.push([name(exportName), 0x00, unsigned(index)]);
    return callee(index);
  }

  /** The finished module. */
  encode(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(
      flatten([
        [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
        section(1, this.#typeBytes),
        section(2, this.#imports),
        section(3, this.#functionTypes.map(unsigned)),
        section(7, this.#exports),
        section(
          10,
          this.#bodies.map((body) => [unsigned(body.length), body]),
        ),
      ]),
    );
  }

  #type(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${parameters.join()}:${results.join()}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    this.#typeBytes.push([0x60, typeList(parameters), typeList(results)]);
    return this.#types.push(key) - 1;
  }
}

function typeList(types: readonly ValueType[]): Code {
  return [unsigned(types.length), types.map((type) => TYPE_CODE[type])];
}

function callee(index: number): Callee {
  return (...args) => [args, 0x10, unsigned(index)];
}

function name(text: string): Code {
  return [unsigned(text.length), [...text].map((letter) => letter.charCodeAt(0))];
}

function section(id: number, items: readonly Code[]): Code {
  if (items.length === 0) return [];
  const bytes = flatten([unsigned(items.length), items]);
  return [id, unsigned(bytes.length), bytes];
}

function flatten(code: Code): number[] {
  const bytes: number[] = [];
  const walk = (part: Code): void => {
    if (typeof part === 'number') bytes.push(part);
    else for (const each of part) walk(each);
  };
  walk(code);
  return bytes;
}
