import { readFileSync } from 'node:fs';
import { ImageClassificationPipeline } from 'azuraforge-learner';

const IMAGES = 160;
const SIZE = 8;

class BrightSide extends ImageClassificationPipeline {
  id = 'bright_side';
  target = 'side';
  configSchema = JSON.parse(readFileSync(new URL('./bright-side.schema.json', import.meta.url), 'utf8'));

  loadImages() {
    const labels = Int32Array.from({ length: IMAGES }, (_, image) => image % 2);
    const pixels = Uint8Array.from({ length: IMAGES * SIZE * SIZE }, (_, pixel) => {
      const bright = pixel % SIZE < SIZE / 2 === (labels[Math.floor(pixel / SIZE ** 2)] === 0);
      return (bright ? 160 : 10) + ((pixel * 31) % 80);
    });
    return { pixels, shape: [IMAGES, 1, SIZE, SIZE], labels, classNames: ['left', 'right'] };
  }
}

export default new BrightSide();
