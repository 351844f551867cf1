import type { DeviceBuffer } from '../backend.ts';
import { KernelMap } from '../kernel/map.ts';
import { accessOf } from './access.ts';
import { finishWith, inline, isCopy, isInlinable, isReduce } from './fusion.ts';
import type { TracedCommand } from './tracer.ts';
import { VirtualBuffer } from './tracer.ts';

/** A list of commands with, for each buffer, the places at which it is read and written. */
class Schedule {
  readonly commands: (TracedCommand | null)[] = [];
  readonly #readers = new Map<DeviceBuffer, Set<number>>();
  readonly #writers = new Map<DeviceBuffer, Set<number>>();

  constructor(commands: readonly TracedCommand[]) {
    for (const [place, command] of commands.entries()) this.put(place, command);
  }

  readersOf(buffer: DeviceBuffer): ReadonlySet<number> {
    return this.#readers.get(buffer) ?? new Set();
  }

  writersOf(buffer: DeviceBuffer): ReadonlySet<number> {
    return this.#writers.get(buffer) ?? new Set();
  }

  put(place: number, command: TracedCommand): void {
    this.remove(place);
    this.commands[place] = command;
    const { reads, writes } = accessOf(command);
    for (const buffer of reads) note(this.#readers, buffer, place);
    for (const buffer of writes) note(this.#writers, buffer, place);
  }

  remove(place: number): void {
    const command = this.commands[place];
    if (command === undefined || command === null) return;
    this.commands[place] = null;
    const { reads, writes } = accessOf(command);
    for (const buffer of reads) this.#readers.get(buffer)!.delete(place);
    for (const buffer of writes) this.#writers.get(buffer)!.delete(place);
  }

  /** Whether the command still finds the same inputs when it runs at a later place. */
  canMove(from: number, to: number): boolean {
    const { reads } = accessOf(this.commands[from]!);
    return reads.every((buffer) => [...this.writersOf(buffer)].every((place) => place <= from || place > to));
  }
}

function note(places: Map<DeviceBuffer, Set<number>>, buffer: DeviceBuffer, place: number): void {
  const known = places.get(buffer);
  if (known === undefined) places.set(buffer, new Set([place]));
  else known.add(place);
}

/**
 * Fewer commands with the same effect on outer buffers and on `results`, the virtual buffers that are looked at
 * afterwards. Commands with scalars that change from run to run stay as they are, or are dropped.
 */
export function optimize(
  commands: readonly TracedCommand[],
  results: ReadonlySet<DeviceBuffer>,
): TracedCommand[] {
  const isInner = (buffer: DeviceBuffer): boolean => buffer instanceof VirtualBuffer && !results.has(buffer);
  return dropUnused(fuse(mergeEqual(dropUnused(commands, isInner), isInner), isInner), isInner);
}

/** Leaves out commands of which nobody reads a result. */
function dropUnused(
  commands: readonly TracedCommand[],
  isInner: (buffer: DeviceBuffer) => boolean,
): TracedCommand[] {
  const needed = new Set<DeviceBuffer>();
  const kept: TracedCommand[] = [];
  for (const command of commands.toReversed()) {
    const { reads, writes } = accessOf(command);
    if (writes.every((buffer) => isInner(buffer) && !needed.has(buffer))) continue;
    for (const buffer of reads) needed.add(buffer);
    kept.push(command);
  }
  return kept.toReversed();
}

/** Runs a command once that was given twice with the same inputs, and reads originals in place of copies. */
function mergeEqual(
  commands: readonly TracedCommand[],
  isInner: (buffer: DeviceBuffer) => boolean,
): TracedCommand[] {
  const writeCounts = new Map<DeviceBuffer, number>();
  const lastWrites = new Map<DeviceBuffer, number>();
  for (const [place, command] of commands.entries()) {
    for (const buffer of accessOf(command).writes) {
      writeCounts.set(buffer, (writeCounts.get(buffer) ?? 0) + 1);
      lastWrites.set(buffer, place);
    }
  }
  const versions = new Map<DeviceBuffer, number>();
  const replaced = new Map<DeviceBuffer, DeviceBuffer>();
  const seen = new KernelMap<Occurrence[]>();
  const kept: TracedCommand[] = [];
  for (const [place, given] of commands.entries()) {
    const command = { ...given, buffers: given.buffers.map((buffer) => replaced.get(buffer) ?? buffer) };
    const { reads, writes } = accessOf(command);
    const isPure =
      typeof command.scalars !== 'function' &&
      writes.every((buffer) => isInner(buffer) && writeCounts.get(buffer) === 1);
    if (isPure && isCopy(command) && (lastWrites.get(reads[0]!) ?? -1) < place) {
      replaced.set(writes[0]!, reads[0]!);
      continue;
    }
    if (isPure) {
      const now = { command, versions: reads.map((buffer) => versions.get(buffer) ?? 0) };
      const group = seen.get(command.kernel);
      const same = group?.find((before) => isRepeated(before, now));
      if (same !== undefined) {
        const originals = accessOf(same.command).writes;
        for (const [i, buffer] of writes.entries()) replaced.set(buffer, originals[i]!);
        continue;
      }
      if (group === undefined) seen.add(command.kernel, [now]);
      else group.push(now);
    }
    for (const buffer of writes) versions.set(buffer, (versions.get(buffer) ?? 0) + 1);
    kept.push(command);
  }
  return kept;
}

/** A command, and how often each of its inputs had been written before it. */
interface Occurrence {
  readonly command: TracedCommand;
  readonly versions: readonly number[];
}

/** Whether two commands of one kernel get the same inputs and numbers. */
function isRepeated(a: Occurrence, b: Occurrence): boolean {
  const [inputs, others] = [accessOf(a.command).reads, accessOf(b.command).reads];
  return (
    inputs.every((buffer, i) => buffer === others[i]) &&
    isEqual(a.versions, b.versions) &&
    isEqual(a.command.scalars as readonly number[], b.command.scalars as readonly number[])
  );
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/** Makes one command of a producer and its readers wherever that saves more than it costs. */
function fuse(
  commands: readonly TracedCommand[],
  isInner: (buffer: DeviceBuffer) => boolean,
): TracedCommand[] {
  const schedule = new Schedule(commands);
  for (const place of commands.keys()) {
    const producer = schedule.commands[place]!;
    const target = producer.buffers.at(-1)!;
    const readers = [...schedule.readersOf(target)];
    const isSeenByReadersAlone =
      isInner(target) && schedule.writersOf(target).size === 1 && readers.every((reader) => reader > place);
    if (!isSeenByReadersAlone || !readers.every((reader) => schedule.canMove(place, reader))) continue;
    const merged = mergeInto(
      producer,
      target,
      readers.map((reader) => schedule.commands[reader]!),
    );
    if (merged === null) continue;
    schedule.remove(place);
    for (const [i, command] of merged.entries()) schedule.put(readers[i]!, command);
  }
  return schedule.commands.filter((command) => command !== null);
}

/** What the readers become when they do the producer's work too; null when they cannot. */
function mergeInto(
  producer: TracedCommand,
  target: DeviceBuffer,
  readers: readonly TracedCommand[],
): TracedCommand[] | null {
  if (isReduce(producer)) {
    const finished = readers.length === 1 ? finishWith(producer, target, readers[0]!) : null;
    return finished === null ? null : [finished];
  }
  if (!isInlinable(producer, target, readers)) return null;
  const merged: TracedCommand[] = [];
  for (const reader of readers) {
    const command = inline(producer, target, reader);
    if (command === null) return null;
    merged.push(command);
  }
  return merged;
}
