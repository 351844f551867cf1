import type { DeviceBuffer } from '../backend.ts';
import { ELEMENT_BYTES } from '../kernel.ts';
import type { Trace } from './trace.ts';
import type { TracedCommand } from './tracer.ts';
import { VirtualBuffer } from './tracer.ts';

/** Places at which a buffer is used first and last. */
interface Life {
  readonly byteLength: number;
  readonly first: number;
  last: number;
}

/** How large the buffers have to be, and which of them each virtual one gets. */
interface ArenaPlan {
  readonly byteLengths: readonly number[];
  readonly slots: ReadonlyMap<DeviceBuffer, number>;
}

/**
 * Lets buffers that are not in use at the same time share memory: the largest come first, and each takes the smallest slot
 * that is free while it lives. `isTemporary` tells which buffers matter only from their first command to their last.
 */
function planArena(
  commands: readonly TracedCommand[],
  isTemporary: (buffer: DeviceBuffer) => boolean,
): ArenaPlan {
  const lives = new Map<DeviceBuffer, Life>();
  for (const [place, { buffers }] of commands.entries()) {
    for (const buffer of buffers) {
      const life = lives.get(buffer);
      if (life !== undefined) life.last = place;
      else if (isTemporary(buffer)) {
        lives.set(buffer, { byteLength: buffer.byteLength, first: place, last: place });
      }
    }
  }
  const slots = new Map<DeviceBuffer, number>();
  const tenants: { readonly byteLength: number; readonly lives: Life[] }[] = [];
  for (const [buffer, life] of [...lives].sort(([, a], [, b]) => b.byteLength - a.byteLength)) {
    // Slots come in falling size, so the last one that is free is the smallest.
    const free = tenants.findLastIndex((slot) =>
      slot.lives.every((other) => other.last < life.first || other.first > life.last),
    );
    if (free === -1) tenants.push({ byteLength: life.byteLength, lives: [life] });
    else tenants[free]!.lives.push(life);
    slots.set(buffer, free === -1 ? tenants.length - 1 : free);
  }
  return { byteLengths: tenants.map(({ byteLength }) => byteLength), slots };
}

/** The buffers behind the virtual ones of a trace, but for those of its outputs, which are made anew each time. */
export interface Allocation {
  readonly real: ReadonlyMap<DeviceBuffer, DeviceBuffer>;
  /** Those that belong to no storage. */
  readonly owned: readonly DeviceBuffer[];
}

export function allocateBuffers(trace: Trace, commands: readonly TracedCommand[]): Allocation {
  const { device } = trace;
  const inputs = new Set<DeviceBuffer>(trace.inputs.map(({ buffer }) => buffer));
  const outputs = new Set<DeviceBuffer>(trace.outputs.map(({ buffer }) => buffer));
  const survivors = new Set<DeviceBuffer>(trace.survivors.map(({ buffer }) => buffer));
  const lasting = new Set(survivors);
  for (const buffer of commands.flatMap(({ buffers }) => buffers)) {
    if (buffer instanceof VirtualBuffer && (buffer.content !== null || inputs.has(buffer)))
      lasting.add(buffer);
  }
  const plan = planArena(
    commands,
    (buffer) => buffer instanceof VirtualBuffer && !lasting.has(buffer) && !outputs.has(buffer),
  );

  const made: DeviceBuffer[] = [];
  const allocate = (byteLength: number): DeviceBuffer => {
    const shape = [byteLength / ELEMENT_BYTES];
    const buffer = device.allocate(byteLength, { op: 'compile', shape, dtype: 'float32' });
    made.push(buffer);
    return buffer;
  };
  try {
    const slots = plan.byteLengths.map(allocate);
    const real = new Map<DeviceBuffer, DeviceBuffer>();
    for (const [buffer, slot] of plan.slots) real.set(buffer, slots[slot]!);
    for (const buffer of lasting) {
      const own = allocate(buffer.byteLength);
      real.set(buffer, own);
      if (buffer instanceof VirtualBuffer && buffer.content !== null) device.write(own, buffer.content);
    }
    const settled = new Set([...survivors].map((buffer) => real.get(buffer)));
    return { real, owned: made.filter((buffer) => !settled.has(buffer)) };
  } catch (error) {
    for (const buffer of made) device.free(buffer);
    throw error;
  }
}
