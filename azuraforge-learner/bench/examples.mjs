// The examples whose training steps are timed.
import { existsSync } from 'node:fs';
import { Emoji } from '../examples/emoji.js';
import { FashionMnist } from '../examples/fashion-mnist.js';
import { MobyDick } from '../examples/gpt.js';
import { Mnist } from '../examples/mnist.js';
import { Penguins } from '../examples/penguins.js';
import { Spam } from '../examples/spam.js';
import { Speech } from '../examples/speech.js';
import { Weather } from '../examples/weather.js';

/** Recordings come from a Debian package, which need not be there. */
const canSpeak = existsSync(new Speech().folder);

export const examples = [
  Mnist,
  FashionMnist,
  Weather,
  Penguins,
  MobyDick,
  Spam,
  Emoji,
  ...(canSpeak ? [Speech] : []),
];
