import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import type { Packing } from '../gemm/packing.ts';
import { definePacking } from '../gemm/packing.ts';
import { FLOAT_BYTES, floats, smaller, TILE_COLUMNS, TILE_ROW_BYTES, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { doWhile, f32x4, i32, v128 } from '../instruction.ts';
import type { Machine, NativeModule } from '../machine.ts';
import {
  DRAW_PLANES_ARGUMENTS,
  drawPlanes,
  PACK_PANEL_ARGUMENTS,
  packPanel,
  SPREAD_PLANES_ARGUMENTS,
  spreadPlanes,
} from './copy.ts';
import { defineSumRows } from './tile.ts';
import { defineTurnRows } from './turn.ts';

/** The functions of convolution; `Job`s are made of calls of the exported ones. Strides and distances are in bytes. */
export function convolutionModule(machine: Machine): NativeModule {
  return machine.module('convolution', (module) => {
    const packing = definePacking(module);
    const sumRows = defineSumRows(module, machine);
    const turnRows = defineTurnRows(module);
    define(module, 'packPanel', PACK_PANEL_ARGUMENTS, packPanel);
    define(module, 'drawPlanes', DRAW_PLANES_ARGUMENTS, drawPlanes);
    define(module, 'spreadPlanes', SPREAD_PLANES_ARGUMENTS, spreadPlanes);
    define(module, 'correlate', 14, (f) => correlate(f, sumRows, turnRows));
    define(module, 'sumWeights', 16, (f) => sumWeights(f, packing, sumRows));
    define(module, 'joinWeights', 9, (f) => joinWeights(f, turnRows));
  });
}

function define(
  module: ModuleBuilder,
  name: string,
  argumentCount: number,
  write: (f: FunctionBuilder) => Code,
): void {
  module.define(
    Array.from({ length: argumentCount }, () => 'i32'),
    [],
    write,
    name,
  );
}

/**
 * Some places of all planes of one group. Arguments: table of tiles, tiles, distances of the places, places, the image's
 * planes, distances of the taps, taps, taps in a block, panels of weights, channels of the target, bias, the first place in
 * the target, bytes of its planes, memory for the sums of eight channels.
 */
function correlate(f: FunctionBuilder, sumRows: Callee, turnRows: Callee): Code {
  const [table, tiles, places, count, base, taps, depth, block, weights, ...rest] = f.parameters as Local[];
  const [channels, bias, target, planeBytes, sums] = rest as Local[];
  const [done, steps, width] = Array.from({ length: 3 }, () => f.local('i32')) as Local[];
  const oneBlock = [
    steps!.set(smaller(i32.sub(depth!.get, done!.get), block!.get)),
    sumRows(
      table!.get,
      tiles!.get,
      places!.get,
      base!.get,
      i32.add(taps!.get, floats(done!.get)),
      weights!.get,
      steps!.get,
      sums!.get,
      done!.get,
    ),
    weights!.increase(i32.mul(steps!.get, i32.const(TILE_ROW_BYTES))),
    done!.increase(steps!.get),
  ];
  const onePanel = [
    done!.set(i32.const(0)),
    doWhile(oneBlock, i32.ltU(done!.get, depth!.get)),
    width!.set(smaller(channels!.get, i32.const(TILE_COLUMNS))),
    turnRows(target!.get, planeBytes!.get, sums!.get, count!.get, width!.get, bias!.get),
    bias!.increase(i32.const(TILE_ROW_BYTES)),
    target!.increase(i32.mul(width!.get, planeBytes!.get)),
    channels!.decrease(width!.get),
  ];
  return doWhile(onePanel, channels!.get);
}

/**
 * The sums for the weights of up to eight channels over some images. Arguments: table of tiles, tiles, distances of the taps,
 * the first image's planes, bytes from image to image, images, distances of the places, places, places in a block, gradient
 * of the first channel, bytes from image to image and plane to plane there, channels, the sums (eight for each tap), whether
 * to add to what they hold, memory for a panel of the gradient.
 */
function sumWeights(f: FunctionBuilder, packing: Packing, sumRows: Callee): Code {
  const [table, tiles, taps, base, imageBytes, images, places, count, block, ...rest] =
    f.parameters as Local[];
  const [gradient, gradientBytes, planeBytes, channels, sums, accumulate, panel] = rest as Local[];
  const [done, steps] = [f.local('i32'), f.local('i32')];
  const oneBlock = [
    steps.set(smaller(i32.sub(count!.get, done.get), block!.get)),
    packing.packRight(
      panel!.get,
      i32.add(gradient!.get, floats(done.get)),
      i32.const(FLOAT_BYTES),
      planeBytes!.get,
      steps.get,
      i32.const(0),
      channels!.get,
      i32.const(TILE_COLUMNS),
      steps.get,
    ),
    sumRows(
      table!.get,
      tiles!.get,
      taps!.get,
      base!.get,
      i32.add(places!.get, floats(done.get)),
      panel!.get,
      steps.get,
      sums!.get,
      accumulate!.get,
    ),
    accumulate!.set(i32.const(1)),
    done.increase(steps.get),
  ];
  return doWhile(
    [
      done.set(i32.const(0)),
      doWhile(oneBlock, i32.ltU(done.get, count!.get)),
      base!.increase(imageBytes!.get),
      gradient!.increase(gradientBytes!.get),
      images!.decrease(i32.const(1)),
    ],
    images!.get,
  );
}

/**
 * The weights of up to eight channels from their sums over each part of the images, which are added part after part.
 * Arguments: to, bytes from channel to channel there, sums of the first part, bytes from part to part, parts, taps, channels,
 * eight zeros, memory for a panel of sums.
 */
function joinWeights(f: FunctionBuilder, turnRows: Callee): Code {
  const [to, toChannel, sums, partBytes, parts, taps, channels, zeros, panel] = f.parameters as Local[];
  const [target, source, vectors, left] = Array.from({ length: 4 }, () => f.local('i32')) as Local[];
  const total = f.local('v128');
  const addPart = [
    total.set(f32x4.add(total.get, v128.load(source!.get))),
    source!.increase(partBytes!.get),
    left!.decrease(i32.const(1)),
  ];
  const oneVector = [
    source!.set(sums!.get),
    total.set(v128.zero()),
    left!.set(parts!.get),
    doWhile(addPart, left!.get),
    v128.store(target!.get, total.get),
    [target!, sums!].map((pointer) => pointer.increase(i32.const(VECTOR_BYTES))),
    vectors!.decrease(i32.const(1)),
  ];
  return [
    target!.set(panel!.get),
    vectors!.set(i32.mul(taps!.get, i32.const(TILE_ROW_BYTES / VECTOR_BYTES))),
    doWhile(oneVector, vectors!.get),
    turnRows(to!.get, toChannel!.get, panel!.get, taps!.get, channels!.get, zeros!.get),
  ];
}
