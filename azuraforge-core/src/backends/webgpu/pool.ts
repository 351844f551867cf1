import type {
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
  Pool2dGeometry,
} from '../../kernel.ts';
import { splitPosition } from './elementwise.ts';
import { sizeOf } from '../../shape.ts';
import { mathFunctions } from './math.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';
import type { Look, Sights, Target } from './window.ts';
import {
  declareSizes,
  eachInPlane,
  eachLook,
  eachNeighbour,
  eachPlace,
  eachPosition,
  sightsOf,
} from './window.ts';

const WORKGROUP = 64;
/** Neighbours that a thread makes, or a few more where the stride asks for them. */
const TILE = 2;
/** Positions of a window that are written out at most. */
const POSITIONS = 9;

/** The shader of a kernel in which a thread makes a tile of one plane. */
class PoolShader extends Shader {
  readonly sights: Sights;
  readonly #tiles: readonly number[];

  constructor(geometry: Pool2dGeometry, target: Target) {
    super();
    this.sights = sightsOf(this, geometry, target, {
      tile: TILE,
      positions: POSITIONS,
      isOrdered: true,
    });
    this.#tiles = [geometry.planes, this.sights.y.tiles, this.sights.x.tiles];
  }

  /** `body` finds the start of its planes in `plane` (of those that are made) and `source_plane`. */
  program(body: readonly string[]): Program {
    const { y, x } = this.sights;
    const items = sizeOf(this.#tiles);
    const pass: Pass = this.pass(
      [
        `if (thread >= ${this.uint(items)}) { return; }`,
        ...splitPosition(this, 'thread', this.#tiles, 'at'),
        'let tile_y = at1;',
        'let tile_x = at2;',
        ...y.place,
        ...x.place,
        'let plane = at0 * length_y * length_x;',
        'let source_plane = at0 * source_length_y * source_length_x;',
        ...body,
      ],
      gridFor(items, WORKGROUP),
    );
    return fixedProgram([pass]);
  }
}

/** A neighbour compares its largest number with a place that it sees. */
function compare({ down, across, row, column }: Look): string[] {
  const [own, place] = [`${down}_${across}`, `${row}_${column}`];
  return [
    '{',
    `let is_larger = (value${place} > best${own}) | (is_nan${place} & !is_nan(best${own}));`,
    `let wins = is_in${place} & ((winner${own} < 0) | is_larger);`,
    `best${own} = select(best${own}, value${place}, wins);`,
    `winner${own} = select(winner${own}, place${place}, wins);`,
    '}',
  ];
}

export function maxPool2dProgram(kernel: MaxPool2dKernel): Program {
  const shader = new PoolShader(kernel, 'output');
  const { sights } = shader;
  for (const text of mathFunctions(['is_nan'], 1)) shader.include(text);
  const input = shader.buffer(0, 'f32');
  const [output, winners] = [shader.buffer(1, 'f32', 'read_write'), shader.buffer(2, 'i32', 'read_write')];
  const load = eachPlace(sights, (row, column) => {
    const own = `${row}_${column}`;
    return [
      `let place${own} = y${row} * source_length_x + x${column};`,
      `let value${own} = ${input}[source_plane + place${own}];`,
      `let is_nan${own} = is_nan(value${own});`,
      `let is_in${own} = y${row}_in & x${column}_in;`,
    ];
  });
  return shader.program([
    ...eachNeighbour(sights, (down, across) => [
      `var best${down}_${across} = -infinity();`,
      `var winner${down}_${across} = -1;`,
    ]),
    ...eachPosition(sights, load, (position) => eachLook(sights, position, compare)),
    ...eachInPlane(sights, (down, across) => [
      `${output}[plane + place] = best${down}_${across};`,
      `${winners}[plane + place] = winner${down}_${across};`,
    ]),
  ]);
}

function sumOf({ down, across }: Pick<Look, 'down' | 'across'>): string {
  return `sum${down}_${across}`;
}

/** Sums for each neighbour, of what `load` and `add` make of the places that it sees. */
function sumProgram(
  shader: PoolShader,
  target: string,
  load: readonly string[],
  add: (look: Look, sum: string) => string[],
  finish: readonly string[] = [],
): Program {
  const { sights } = shader;
  return shader.program([
    ...eachNeighbour(sights, (down, across) => [`var ${sumOf({ down, across })} = 0.0f;`]),
    ...eachPosition(sights, load, (position) => eachLook(sights, position, (look) => add(look, sumOf(look)))),
    ...eachInPlane(sights, (down, across) => [
      `var result = ${sumOf({ down, across })};`,
      ...finish,
      `${target}[plane + place] = result;`,
    ]),
  ]);
}

/** A place adds up the gradients of the windows that it won. */
export function maxPool2dGradientProgram(kernel: MaxPool2dGradientKernel): Program {
  const shader = new PoolShader(kernel, 'input');
  const [gradOutput, winners] = [shader.buffer(0, 'f32'), shader.buffer(1, 'i32')];
  const gradInput = shader.buffer(2, 'f32', 'read_write');
  const load = eachPlace(shader.sights, (row, column) => {
    const own = `${row}_${column}`;
    return [
      `let source${own} = source_plane + y${row} * source_length_x + x${column};`,
      `let winner${own} = select(-1, ${winners}[source${own}], y${row}_in & x${column}_in);`,
      `let value${own} = ${gradOutput}[source${own}];`,
    ];
  });
  return sumProgram(shader, gradInput, load, ({ down, across, row, column }, sum) => {
    const place = `(first_y + ${down}) * length_x + first_x + ${across}`;
    return [`${sum} += select(0.0f, value${row}_${column}, winner${row}_${column} == ${place});`];
  });
}

function addValue({ row, column }: Look, sum: string): string[] {
  return [`${sum} += value${row}_${column};`];
}

/** The numbers that a mean is taken with. */
function declareMean(shader: Shader, { window, inputSize }: Pool2dGeometry): string[] {
  return declareSizes(shader, {
    height: inputSize[0],
    width: inputSize[1],
    mean_height: window.size[0],
    mean_width: window.size[1],
    step_y: window.stride[0],
    step_x: window.stride[1],
    border_y: window.padding[0],
    border_x: window.padding[1],
  });
}

/** How many places the mean of the window of output (row, column) is taken over. */
function countPlaces(row: string, column: string, countPadding: boolean): string {
  const along = (place: string, name: string, length: string, size: string): string => {
    const start = `${place} * step_${name} - border_${name}`;
    return countPadding
      ? `min(${size}, ${length} + border_${name} - (${start}))`
      : `(min(${start} + ${size}, ${length}) - max(${start}, 0))`;
  };
  return `f32(${along(row, 'y', 'height', 'mean_height')} * ${along(column, 'x', 'width', 'mean_width')})`;
}

export function avgPool2dProgram(kernel: AvgPool2dKernel): Program {
  const shader = new PoolShader(kernel, 'output');
  const [input, output] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32', 'read_write')];
  const load = eachPlace(shader.sights, (row, column) => {
    const place = `source_plane + y${row} * source_length_x + x${column}`;
    return [`let value${row}_${column} = select(0.0f, ${input}[${place}], y${row}_in & x${column}_in);`];
  });
  return sumProgram(shader, output, load, addValue, [
    ...declareMean(shader, kernel),
    `result /= ${countPlaces('y', 'x', kernel.countPadding)};`,
  ]);
}

export function avgPool2dGradientProgram(kernel: AvgPool2dGradientKernel): Program {
  const shader = new PoolShader(kernel, 'input');
  const [gradOutput, gradInput] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32', 'read_write')];
  const load = [
    ...declareMean(shader, kernel),
    ...eachPlace(shader.sights, (row, column) => {
      const place = `source_plane + y${row} * source_length_x + x${column}`;
      const places = countPlaces(`y${row}`, `x${column}`, kernel.countPadding);
      return [
        `let value${row}_${column} = select(0.0f, ${gradOutput}[${place}] / ${places}, y${row}_in & x${column}_in);`,
      ];
    }),
  ];
  return sumProgram(shader, gradInput, load, addValue);
}
