import type { Conv2dInputGradientKernel, Conv2dKernel } from '../../../kernel.ts';
import { sizeOf } from '../../../shape.ts';
import { splitPosition } from '../elementwise.ts';
import type { Lanes } from '../product.ts';
import type { SharedNumbers } from '../product.ts';
import { blockSide, each, shareNumbers } from '../product.ts';
import type { Program } from '../program.ts';
import { fixedProgram, Shader } from '../program.ts';
import { declareSizes, eachInPlane, eachLook, eachNeighbour, eachPlace, sightsOf } from '../window.ts';

const WORKGROUP = 64;
/** Neighbours that a thread makes, or a few more where the stride asks for them. */
const TILE = 4;
/** Positions of a window that are written out at most. */
const POSITIONS = 5;
/** Channels that a thread makes at most, and sums that it keeps for that. */
const MAX_CHANNELS = 16;
const MAX_SUMS = 64;
/** On a GPU fewer, since they must stay in its registers and many threads have to be at work. */
const MAX_GPU_SUMS = 32;

function sumName(channel: number, down: number, across: number): string {
  return `sum${channel}_${down}_${across}`;
}

/** What is seen through the window, and what is made of it. */
interface Roles {
  readonly target: 'output' | 'input';
  /** Channels of a group. */
  readonly sources: number;
  readonly targets: number;
  /** How far the weights of neighbouring channels lie apart. */
  readonly sourceStep: number;
  readonly targetStep: number;
}

function rolesOf({
  kind,
  groups,
  inChannels,
  outChannels,
  window,
}: Conv2dKernel | Conv2dInputGradientKernel): Roles {
  const [inGroup, outGroup] = [inChannels / groups, outChannels / groups];
  const inStep = sizeOf(window.size);
  const outStep = inStep * inGroup;
  return kind === 'conv2d'
    ? { target: 'output', sources: inGroup, targets: outGroup, sourceStep: inStep, targetStep: outStep }
    : { target: 'input', sources: outGroup, targets: inGroup, sourceStep: outStep, targetStep: inStep };
}

/**
 * The output of a convolution, or the gradient of its input: in both, the channels of one side are seen through the window,
 * weighted and added up. A thread makes a tile in several channels, so that each number that it loads serves many sums; the
 * threads of a workgroup make tiles of the same channels, so that they share the weights.
 */
export function correlationProgram(kernel: Conv2dKernel | Conv2dInputGradientKernel, lanes: Lanes): Program {
  const { batch, groups, window } = kernel;
  const { target, sources, targets, sourceStep, targetStep } = rolesOf(kernel);
  const shader = new Shader();
  const [source, weight] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
  const bias = kernel.bias ? shader.buffer(2, 'f32') : null;
  const result = shader.buffer(kernel.bias ? 3 : 2, 'f32', 'read_write');
  const sights = sightsOf(shader, kernel, target, { tile: TILE, positions: POSITIONS, isOrdered: false });
  const { y, x } = sights;
  const maxSums = lanes === 0 ? MAX_GPU_SUMS : MAX_SUMS;
  const channels = blockSide(targets, Math.min(MAX_CHANNELS, Math.floor(maxSums / (y.tile * x.tile))));
  const blocks = Math.ceil(targets / channels);
  const tiles = [batch, y.tiles, x.tiles];
  const workgroups = Math.ceil(sizeOf(tiles) / WORKGROUP);

  /** A number for each channel that a thread makes; the last channels may be none. */
  const share = (name: string, numberOf: (channel: string) => string): SharedNumbers =>
    shareNumbers(shader, lanes, name, channels, (index) =>
      numberOf(`min(first_channel + i32(${index}), targets - 1)`),
    );
  const positions = y.positions.flatMap((down, i) =>
    x.positions.map((across, j) => {
      const at = `window_at + ${down} * window_width + ${across}`;
      return {
        at: [i, j] as const,
        weights: share(`weight${i}_${j}_`, (channel) => `${weight}[${at} + ${channel} * target_step]`),
      };
    }),
  );
  const load = [
    ...eachPlace(sights, (row, column) => {
      const place = `plane + y${row} * source_length_x + x${column}`;
      return [`let value${row}_${column} = select(0.0f, ${source}[${place}], y${row}_in & x${column}_in);`];
    }),
    ...positions.flatMap(({ weights }) => weights.load),
  ];
  const add = each(channels, (channel) =>
    positions.flatMap(({ at, weights }) => [
      '{',
      `let weight = ${weights.number(channel)};`,
      ...eachLook(sights, at, ({ down, across, row, column }) => {
        const sum = sumName(channel, down, across);
        return [`${sum} = fma(weight, value${row}_${column}, ${sum});`];
      }),
      '}',
    ]),
  );
  const shifts =
    bias === null ? null : share('bias', (channel) => `${bias}[channel_group * targets + ${channel}]`);
  const body = [
    `let workgroups = ${shader.uint(workgroups)};`,
    `let blocks = ${shader.uint(blocks)};`,
    `let tiles = ${shader.uint(sizeOf(tiles))};`,
    ...declareSizes(shader, {
      sources,
      targets,
      source_step: sourceStep,
      target_step: targetStep,
      window_width: window.size[1],
      group_weights: sources * targets * sizeOf(window.size),
      groups,
    }),
    'let block = group / workgroups;',
    'let channel_group = i32(block / blocks);',
    `let first_channel = i32(block % blocks) * ${channels};`,
    `let tile = group % workgroups * ${WORKGROUP}u + local;`,
    ...splitPosition(shader, 'tile', tiles, 'at'),
    'let tile_y = at1;',
    'let tile_x = at2;',
    ...y.place,
    ...x.place,
    'let source_plane = source_length_y * source_length_x;',
    'let target_plane = length_y * length_x;',
    'let image_group = at0 * groups + channel_group;',
    ...each(channels, (channel) =>
      eachNeighbour(sights, (down, across) => [`var ${sumName(channel, down, across)} = 0.0f;`]),
    ),
    ...y.open,
    ...x.open,
    'for (var channel = 0; channel < sources; channel++) {',
    'let plane = (image_group * sources + channel) * source_plane;',
    'let window_at = channel_group * group_weights + channel * source_step;',
    ...load,
    ...add,
    '}',
    ...x.close,
    ...y.close,
    ...(shifts === null
      ? []
      : [
          ...shifts.load,
          ...each(channels, (channel) => [`let shift${channel} = ${shifts.number(channel)};`]),
        ]),
    'if (tile >= tiles) { return; }',
    'let first_plane = image_group * targets + first_channel;',
    // Channels beyond the last are made as it is, and stored in its place.
    ...eachInPlane(sights, (down, across) =>
      each(channels, (channel) => {
        const plane = `(first_plane + min(${channel}, targets - 1 - first_channel))`;
        const value = `${sumName(channel, down, across)}${shifts === null ? '' : ` + shift${channel}`}`;
        return [`${result}[${plane} * target_plane + place] = ${value};`];
      }),
    ),
  ];
  return fixedProgram([
    shader.pass(body, { workgroup: WORKGROUP, workgroups: workgroups * blocks * groups }),
  ]);
}
