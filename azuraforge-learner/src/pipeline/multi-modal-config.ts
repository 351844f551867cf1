import { Type } from 'typebox';
import { MODEL, texts } from './form-field.ts';
import type { ImageConfig } from './image-config.ts';
import { imageProperties } from './image-config.ts';
import type { TokenizerConfig } from './tokenizer-config.ts';
import { tokenizerProperties } from './tokenizer-config.ts';

const TEXT = { en: 'Text', tr: 'Metin' };

const DEFAULTS: Pick<MultiModalConfig, Exclude<keyof MultiModalConfig, keyof ImageConfig>> = {
  tokenizer: 'byte_pair',
  vocabulary_size: 512,
  text_length: 32,
  embedding_size: 32,
  text_size: 48,
  blank_share: 0.3,
};

/** Fields that every classifier of texts and images has; put them into a `Type.Object` beside the pipeline's own. */
export function multiModalProperties(defaults: Partial<MultiModalConfig> = {}) {
  const initial = { ...DEFAULTS, ...defaults };
  // Images can be blended, texts cannot.
  const { augment_mixup: _mixup, ...images } = imageProperties(defaults);
  return {
    ...images,
    ...tokenizerProperties(initial),
    text_length: Type.Integer({
      ...texts(
        'Length of a text',
        'How many tokens of a text the model reads; what comes after is cut off.',
        {
          title: 'Metin uzunluğu',
          description: 'Modelin bir metnin kaç birimini okuduğu; sonrası kesilir.',
        },
      ),
      minimum: 1,
      maximum: 512,
      default: initial.text_length,
      'x-group': TEXT,
    }),
    embedding_size: Type.Integer({
      ...texts('Embedding', 'Numbers that stand for a token.', {
        title: 'Gömme boyutu',
        description: 'Bir birimi temsil eden sayıların sayısı.',
      }),
      minimum: 1,
      maximum: 512,
      default: initial.embedding_size,
      'x-group': TEXT,
    }),
    text_size: Type.Integer({
      ...texts(
        'Text memory',
        'What the model remembers of a text, for each direction in which it reads it.',
        {
          title: 'Metin belleği',
          description: 'Modelin, okuduğu her yön için bir metinden aklında tuttuğu sayıların sayısı.',
        },
      ),
      minimum: 1,
      maximum: 512,
      default: initial.text_size,
      'x-group': TEXT,
    }),
    blank_share: Type.Number({
      ...texts(
        'Blanked share',
        'Share of the training samples of which the text or the image is hidden, so that the model learns to answer from either alone.',
        {
          title: 'Gizleme payı',
          description:
            'Modelin yalnız birinden de yanıt vermeyi öğrenmesi için metni ya da görüntüsü gizlenen eğitim örneklerinin payı.',
        },
      ),
      minimum: 0.05,
      maximum: 0.8,
      default: initial.blank_share,
      'x-group': MODEL,
    }),
  };
}

/** What the configuration of every classifier of texts and images holds. */
export interface MultiModalConfig extends Omit<ImageConfig, 'augment_mixup'>, TokenizerConfig {
  text_length: number;
  embedding_size: number;
  text_size: number;
  blank_share: number;
}
