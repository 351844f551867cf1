import { expect, test } from '@jest/globals';
import type { JudgedImages } from '../../src/report/pictures.ts';
import { clearestSamples, surestMistakes } from '../../src/report/judged.ts';
import { evidencePictures, mistakePictures } from '../../src/report/pictures.ts';

/** Six images of one pixel; `c` has none of its own. */
const images: JudgedImages = {
  pixels: Uint8Array.from([1, 2, 3, 4, 5, 6]),
  shape: [6, 1, 1, 1],
  labels: [1, 0, 0, 1, 1, 0],
  classNames: ['a', 'b', 'c'],
  probabilities: Float32Array.from(
    [
      [0.7, 0.2, 0.1],
      [0.5, 0.4, 0.1],
      [0.6, 0.3, 0.1],
      [0.1, 0.3, 0.6],
      [0.1, 0.1, 0.8],
      [0.3, 0.5, 0.2],
    ].flat(),
  ),
};
const heat = { rows: 1, columns: 1, values: [1] };

test('mistakes are the surest first', () => {
  expect(surestMistakes(images)).toEqual([4, 0, 3, 5]);
  expect(mistakePictures(images, [])).toEqual([]);
  const [section] = mistakePictures(images, [4, 0], new Map([[0, heat]]));
  expect(section!.items).toEqual([
    {
      key: 'image_4',
      caption: { en: 'b, taken for c (80%)', tr: 'b, c sanıldı (%80)' },
      width: 1,
      height: 1,
      channels: 1,
      pixels: btoa('\u0005'),
    },
    expect.objectContaining({ key: 'image_0', heat }),
  ]);
  expect(section!.description).toMatchObject({ en: expect.stringContaining('Beside each') });
});

test('of each class that has images the clearest is shown, even where the model takes it for another', () => {
  expect(clearestSamples(images)).toEqual([2, 3]);
  const captions = evidencePictures(images, [2, 3], new Map()).items.map(({ caption }) => caption);
  expect(captions).toEqual([
    { en: 'a (60%)', tr: 'a (%60)' },
    { en: 'b, taken for c (60%)', tr: 'b, c sanıldı (%60)' },
  ]);
});
