import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MSELoss } from '../../src/loss.ts';
import { CheckpointFolder } from '../../src/node.ts';
import { Adam } from '../../src/optim/adam.ts';
import { Trainer } from '../../src/trainer.ts';
import { checkpointWeights } from '../../src/trainer/checkpoint.ts';
import { forecaster, sineWindows } from '../trainer/forecaster.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('CheckpointFolder', () => {
  it('keeps the checkpoints of a training as files of safetensors', async () => {
    const store = new CheckpointFolder(join(folder, 'run', 'checkpoints'));
    const model = forecaster();
    const trainer = new Trainer({ model, optimizer: new Adam(model.parameters()), loss: new MSELoss() });
    await trainer.fit({ train: sineWindows(20), epochs: 2, batchSize: 10, checkpoints: { store } });
    expect((await readdir(store.directory)).sort()).toEqual(['best.safetensors', 'last.safetensors']);
    const weights = checkpointWeights((await store.read('last'))!);
    expect(Object.keys(weights).sort()).toEqual(Object.keys(model.stateDict()).sort());
  });

  it('replaces a checkpoint whole, and leaves nothing beside it', async () => {
    const store = new CheckpointFolder(folder);
    expect(await store.read('last')).toBeNull();
    await store.write('last', Uint8Array.of(1, 2, 3));
    await store.write('last', Uint8Array.of(4));
    expect(await store.read('last')).toEqual(Uint8Array.of(4));
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('is not misled by what a crash left behind, and clears it away', async () => {
    const store = new CheckpointFolder(folder);
    await store.write('last', Uint8Array.of(1));
    await writeFile(join(folder, '.last.draft'), 'half of a checkpoint');
    expect(await store.read('last')).toEqual(Uint8Array.of(1));
    await store.write('last', Uint8Array.of(2));
    expect(await store.read('last')).toEqual(Uint8Array.of(2));
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('keeps the old checkpoint when a new one cannot be written', async () => {
    const store = new CheckpointFolder(folder);
    await store.write('last', Uint8Array.of(1));
    await expect(store.write('last', { not: 'bytes' } as never)).rejects.toThrow('must be of type');
    expect(await store.read('last')).toEqual(Uint8Array.of(1));
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('refuses names that lead elsewhere, and tells what cannot be read', async () => {
    const store = new CheckpointFolder(folder);
    for (const name of ['', '../last', 'a/b']) {
      await expect(store.write(name, Uint8Array.of(1))).rejects.toThrow('not a plain name');
    }
    await writeFile(join(folder, 'file'), '');
    await expect(new CheckpointFolder(join(folder, 'file')).read('last')).rejects.toThrow('ENOTDIR');
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('');
  });
});
