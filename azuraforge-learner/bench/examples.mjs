// The examples whose training steps are timed.
import { FashionMnist } from '../examples/fashion-mnist.js';
import { Mnist } from '../examples/mnist.js';
import { Penguins } from '../examples/penguins.js';
import { Weather } from '../examples/weather.js';

export const examples = [Mnist, FashionMnist, Weather, Penguins];
