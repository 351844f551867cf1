// Learns to babble as a voice that reads digits and letters. Needs the recordings of the Debian package
// asterisk-core-sounds-en-wav (Allison Smith, CC BY-SA 3.0), 8,000 samples a second:
//
//   apt-get install asterisk-core-sounds-en-wav
//   or, without root: apt-get download asterisk-core-sounds-en-wav && dpkg -x asterisk-core-sounds-en-wav_*.deb sounds
//   and then: node examples/speech.js --data sounds/usr/share/asterisk/sounds/en_US_f_Allison
//
// It fails unless a sample of words that it did not hear needs fewer bits than the best baseline gives it, by the margin
// below: linear prediction with an adaptive spread, one filter for all the sound.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Generator } from 'azuraforge-core';
import { Type } from 'typebox';
import { AudioGenerationPipeline, audioProperties } from '../dist/index.js';
import { readWav } from '../dist/node.js';
import { isProgram, readArguments, settle, train } from './target.js';

const bundledData = '/usr/share/asterisk/sounds/en_US_f_Allison';

const FOLDERS = ['digits', 'letters', 'phonetic'];

export class Speech extends AudioGenerationPipeline {
  id = 'speech';
  configSchema = Type.Object(audioProperties({ epochs: 8 }), { additionalProperties: false });

  constructor(folder = bundledData) {
    super();
    this.folder = folder;
  }

  /** In an order by chance, or the test part would hold other words than the training part. */
  async loadRecordings() {
    const files = [];
    for (const folder of FOLDERS) {
      const names = (await readdir(join(this.folder, folder))).filter((name) => name.endsWith('.wav'));
      files.push(...names.sort().map((name) => join(folder, name)));
    }
    const order = new Generator(7).permutation(files.length);
    return Promise.all(
      Array.from(order, async (index) => ({
        name: files[index],
        ...(await readWav(join(this.folder, files[index]))),
      })),
    );
  }
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({ data: bundledData, bits: 0.2, seconds: 600 });
  const { report, seconds } = await train(new Speech(data), change);
  const { model, naive } = report.summary;
  const { items } = report.sections.find(({ id }) => id === 'facts');
  const speed = items.find(({ key }) => key === 'generation_speed').value;
  console.log(
    `speech: ${model.toFixed(3)} bits a sample (${naive.toFixed(3)} by the best baseline), ${speed} samples made in a second, after ${seconds.toFixed(0)} s`,
  );
  settle(
    naive - model >= target.bits && seconds <= target.seconds,
    `at least ${target.bits} bits less than by the best baseline within ${target.seconds} s`,
  );
}
