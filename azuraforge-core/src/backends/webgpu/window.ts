import type { Window2d } from '../../kernel.ts';
import { each } from './product.ts';
import type { Shader } from './program.ts';

/** What convolution and pooling have in common: a window that moves over planes. */
interface WindowGeometry {
  readonly inputSize: readonly [number, number];
  readonly outputSize: readonly [number, number];
  readonly window: Window2d;
}

/** The plane whose places the threads make: the output, or the input from the outputs that look at it. */
export type Target = 'output' | 'input';

/** The widest stride at which the input is made with the positions written out: its tiles are as wide. */
const WIDEST_STRIDE = 4;

/**
 * How threads look through the window along one axis. A thread makes a tile of neighbours; what several of them see, it
 * loads once. In the shader, of type i32: `tile_y` is the number of the thread's tile (to be declared before `place`),
 * `first_y` its first place, `length_y` and `source_length_y` the lengths of the plane that is made and of the one that is
 * looked at, and `y0`, `y1`, … the places that the tile looks at, which lie in the plane if `y0_in`, …. Likewise for x.
 */
export interface Sight {
  readonly tile: number;
  readonly tiles: number;
  /** Statements in front of all loops. */
  readonly place: readonly string[];
  /** What opens and closes the loop over the window, where there is one. */
  readonly open: readonly string[];
  readonly close: readonly string[];
  /** How many places a tile looks at; within the loop, in one turn of it. */
  readonly places: number;
  /** The positions in the window that are visited, as expressions. */
  readonly positions: readonly string[];
  /** The number of the place that a neighbour sees at one of `positions`, or null for none. */
  seen(neighbour: number, position: number): number | null;
}

/** The sights along both axes. Where both have a loop, that along x lies within that along y. */
export interface Sights {
  readonly y: Sight;
  readonly x: Sight;
}

interface Axis {
  readonly name: 'y' | 'x';
  readonly target: Target;
  readonly length: number;
  readonly sourceLength: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

function axisOf({ inputSize, outputSize, window }: WindowGeometry, target: Target, axis: 0 | 1): Axis {
  const [targets, sources] = target === 'output' ? [outputSize, inputSize] : [inputSize, outputSize];
  return {
    name: axis === 0 ? 'y' : 'x',
    target,
    length: targets[axis],
    sourceLength: sources[axis],
    size: window.size[axis],
    stride: window.stride[axis],
    padding: window.padding[axis],
    dilation: window.dilation[axis],
  };
}

/** Named numbers as constants of a shader, all i32. */
export function declareSizes(shader: Shader, sizes: Readonly<Record<string, number>>): string[] {
  return Object.entries(sizes).map(([name, value]) => `let ${name} = ${shader.int(value)};`);
}

/** `&` rather than `&&`, here and where these are used: that makes branches, which take drivers in software very long. */
function declarePlace(name: string, index: number, place: string): string[] {
  const own = `${name}${index}`;
  return [`let ${own} = ${place};`, `let ${own}_in = (${own} >= 0) & (${own} < source_length_${name});`];
}

/** The place that a neighbour sees, from the first of its tile; null if no output has it at that position of its window. */
function offsetOf({ target, stride, dilation }: Axis, neighbour: number, position: number): number | null {
  if (target === 'output') return neighbour * stride + position * dilation;
  const offset = (neighbour - position * dilation) / stride;
  return Number.isInteger(offset) ? offset : null;
}

/** The window's positions are written out. Where the input is made, the stride must divide `tile`. */
function unrolledSight(shader: Shader, axis: Axis, tile: number): Sight {
  const { name, target, length, sourceLength, size, stride, padding } = axis;
  const found = new Set<number>();
  for (let position = 0; position < size; position++) {
    for (let neighbour = 0; neighbour < tile; neighbour++) {
      const offset = offsetOf(axis, neighbour, position);
      if (offset !== null) found.add(offset);
    }
  }
  const offsets = [...found].sort((a, b) => a - b);
  // Tiles of the input begin where the windows of outputs do, so that all see the same; the first may begin before the plane.
  const lead = target === 'output' ? 0 : padding % stride;
  const [step, start] =
    target === 'output' ? [tile * stride, -padding] : [tile / stride, (padding - lead) / stride];
  return {
    tile,
    tiles: Math.ceil((length + lead) / tile),
    place: [
      ...declareSizes(shader, {
        [`length_${name}`]: length,
        [`source_length_${name}`]: sourceLength,
        [`lead_${name}`]: lead,
        [`start_${name}`]: start,
      }),
      `let first_${name} = tile_${name} * ${tile} - lead_${name};`,
      ...offsets.flatMap((offset, index) =>
        declarePlace(name, index, `tile_${name} * ${step} + start_${name} + ${offset}`),
      ),
    ],
    open: [],
    close: [],
    places: offsets.length,
    positions: Array.from({ length: size }, (_, position) => `${position}`),
    seen: (neighbour, position) => {
      const offset = offsetOf(axis, neighbour, position);
      return offset === null ? null : offsets.indexOf(offset);
    },
  };
}

/** A loop visits the window's positions; each neighbour sees a place of its own. */
function loopedSight(shader: Shader, axis: Axis, tile: number): Sight {
  const { name, target, length, sourceLength, size, stride, padding, dilation } = axis;
  const position = `position_${name}`;
  const declareSeen = (neighbour: number): string[] => {
    const own = `(first_${name} + ${neighbour})`;
    if (target === 'output') {
      const place = `${own} * stride_${name} - padding_${name} + ${position} * dilation_${name}`;
      return declarePlace(name, neighbour, place);
    }
    const start = `start_${name}${neighbour}`;
    return [
      `let ${start} = ${own} + padding_${name} - ${position} * dilation_${name};`,
      `let ${start}_is_met = (${start} >= 0) & (${start} % stride_${name} == 0);`,
      ...declarePlace(name, neighbour, `select(-1, ${start} / stride_${name}, ${start}_is_met)`),
    ];
  };
  return {
    tile,
    tiles: Math.ceil(length / tile),
    place: [
      ...declareSizes(shader, {
        [`length_${name}`]: length,
        [`source_length_${name}`]: sourceLength,
        [`window_${name}`]: size,
        [`stride_${name}`]: stride,
        [`padding_${name}`]: padding,
        [`dilation_${name}`]: dilation,
      }),
      `let first_${name} = tile_${name} * ${tile};`,
    ],
    open: [
      `for (var ${position} = 0; ${position} < window_${name}; ${position}++) {`,
      ...each(tile, declareSeen),
    ],
    close: ['}'],
    places: tile,
    positions: [position],
    seen: (neighbour) => neighbour,
  };
}

/** The size of tiles that `unit` divides, of at most `most` places (but at least one unit), and wastes the least. */
function tileOf(length: number, unit: number, most: number): number {
  const tiles = Math.ceil(length / Math.max(unit, most));
  return Math.ceil(length / tiles / unit) * unit;
}

/** How a shader is to look through a window. */
interface SightOptions {
  /** Neighbours that a thread makes, or a few more where the stride asks for them. */
  readonly tile: number;
  /** The most positions of the window that are written out; along an axis that would make more, there is a loop. */
  readonly positions: number;
  /** Whether positions are visited row by row. */
  readonly isOrdered: boolean;
}

export function sightsOf(
  shader: Shader,
  geometry: WindowGeometry,
  target: Target,
  { tile, positions, isOrdered }: SightOptions,
): Sights {
  const [y, x] = [axisOf(geometry, target, 0), axisOf(geometry, target, 1)];
  const fits = (axis: Axis, count: number): boolean =>
    count <= positions && (target === 'output' || axis.stride <= WIDEST_STRIDE);
  const sightOf = (axis: Axis, isUnrolled: boolean, most: number): Sight => {
    const unit = isUnrolled && target === 'input' ? axis.stride : 1;
    const length = tileOf(axis.length, unit, most);
    return isUnrolled ? unrolledSight(shader, axis, length) : loopedSight(shader, axis, length);
  };
  const isSmall = fits(y, y.size * x.size) && fits(x, y.size * x.size);
  // Threads that follow each other lie along x: with high tiles, rather than wide ones, they load what lies together.
  const high = sightOf(y, isSmall || (!isOrdered && fits(y, y.size)), tile);
  return { y: high, x: sightOf(x, isSmall, Math.max(1, Math.floor(tile / high.tile))) };
}

/** Statements for each neighbour of a tile. */
export function eachNeighbour(
  { y, x }: Sights,
  visit: (down: number, across: number) => readonly string[],
): string[] {
  return each(y.tile, (down) => each(x.tile, (across) => visit(down, across)));
}

/** Statements that are run for each neighbour in the plane; they find its position there in `place`. */
export function eachInPlane(
  sights: Sights,
  visit: (down: number, across: number) => readonly string[],
): string[] {
  return eachNeighbour(sights, (down, across) => [
    '{',
    `let y = first_y + ${down};`,
    `let x = first_x + ${across};`,
    'if ((y >= 0) & (y < length_y) & (x >= 0) & (x < length_x)) {',
    'let place = y * length_x + x;',
    ...visit(down, across),
    '}',
    '}',
  ]);
}

/** Statements for each place that a tile looks at (in one turn of the loops): row `y…` and column `x…`. */
export function eachPlace(
  { y, x }: Sights,
  visit: (row: number, column: number) => readonly string[],
): string[] {
  return each(y.places, (row) => each(x.places, (column) => visit(row, column)));
}

/** A neighbour that sees a place (row and column as in `eachPlace`) at a position of its window. */
export interface Look {
  readonly down: number;
  readonly across: number;
  readonly row: number;
  readonly column: number;
}

/** Statements for each neighbour and what it sees at the given positions along y and x. */
export function eachLook(
  sights: Sights,
  [i, j]: readonly [number, number],
  visit: (look: Look) => readonly string[],
): string[] {
  return eachNeighbour(sights, (down, across) => {
    const [row, column] = [sights.y.seen(down, i), sights.x.seen(across, j)];
    return row === null || column === null ? [] : visit({ down, across, row, column });
  });
}

/** The statements of `visit`, for each position of the window, within its loops; first come those of `begin`. */
export function eachPosition(
  { y, x }: Sights,
  begin: readonly string[],
  visit: (position: readonly [number, number]) => readonly string[],
): string[] {
  return [
    ...y.open,
    ...x.open,
    ...begin,
    ...each(y.positions.length, (i) => each(x.positions.length, (j) => visit([i, j]))),
    ...x.close,
    ...y.close,
  ];
}
