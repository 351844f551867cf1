import { Type } from 'typebox';
import { MODEL, texts } from './form-field.ts';
import { dropoutField, labelSmoothingField, splitProperties } from './shared-fields.ts';
import type { TrainingConfig } from './training-config.ts';
import { trainingProperties } from './training-config.ts';

const AUGMENTATION = { en: 'Augmentation', tr: 'Veri artırma' };

const DEFAULTS: Required<ImageConfig> = {
  epochs: 10,
  channels: 16,
  blocks: 2,
  hidden_size: 128,
  dropout: 0.2,
  batch_size: 128,
  learning_rate: 0.004,
  schedule: 'one_cycle',
  optimizer: 'adamw',
  early_stopping_patience: 5,
  seed: 42,
  label_smoothing: 0,
  weight_decay: 0.0001,
  gradient_clip: 5,
  augment_flip: false,
  augment_shift: 0,
  augment_rotation: 0,
  augment_cutout: 0,
  augment_color: 0,
  augment_mixup: 0,
  validation_fraction: 0.1,
  test_fraction: 0.15,
};

/** Fields that every image classifier has; put them into a `Type.Object` beside the pipeline's own. */
export function imageProperties(defaults: Partial<ImageConfig> = {}) {
  const initial = { ...DEFAULTS, ...defaults };
  const { epochs, ...training } = trainingProperties(initial);
  return {
    epochs,
    channels: Type.Integer({
      ...texts('Channels', 'Filters of the first block; each further block has twice as many.', {
        title: 'Kanal sayısı',
        description: 'İlk bloktaki süzgeç sayısı; sonraki her blokta ikiye katlanır.',
      }),
      minimum: 1,
      maximum: 128,
      default: initial.channels,
      'x-group': MODEL,
    }),
    blocks: Type.Integer({
      ...texts(
        'Blocks',
        'How often a convolution looks for patterns; each time the image is halved, so that later ones see more of it.',
        {
          title: 'Blok sayısı',
          description:
            'Evrişimin kaç kez örüntü aradığı; her seferinde görüntü yarıya iner, böylece sonrakiler daha geniş alan görür.',
        },
      ),
      minimum: 1,
      maximum: 5,
      default: initial.blocks,
      'x-group': MODEL,
    }),
    hidden_size: Type.Integer({
      ...texts('Hidden size', 'Width of the layer between the patterns and the classes.', {
        title: 'Gizli katman genişliği',
        description: 'Örüntülerle sınıflar arasındaki katmanın genişliği.',
      }),
      minimum: 1,
      maximum: 2048,
      default: initial.hidden_size,
      'x-group': MODEL,
    }),
    dropout: dropoutField(initial.dropout),
    ...training,
    label_smoothing: labelSmoothingField(initial.label_smoothing),
    augment_flip: Type.Boolean({
      ...texts('Mirror', 'Mirrors half of the images left and right. Not for writing.', {
        title: 'Aynala',
        description: 'Görüntülerin yarısını sağdan sola aynalar. Yazı için uygun değildir.',
      }),
      default: initial.augment_flip,
      'x-group': AUGMENTATION,
    }),
    augment_shift: Type.Integer({
      ...texts('Shift', 'Moves images by up to so many pixels; 0 leaves them where they are.', {
        title: 'Kaydır',
        description: 'Görüntüleri en çok bu kadar piksel kaydırır; 0 yerinde bırakır.',
      }),
      minimum: 0,
      maximum: 32,
      default: initial.augment_shift,
      'x-group': AUGMENTATION,
    }),
    augment_rotation: Type.Number({
      ...texts('Rotation', 'Turns images by up to so many degrees either way.', {
        title: 'Döndür',
        description: 'Görüntüleri iki yöne en çok bu kadar derece döndürür.',
      }),
      minimum: 0,
      maximum: 180,
      default: initial.augment_rotation,
      'x-group': AUGMENTATION,
    }),
    augment_cutout: Type.Integer({
      ...texts('Cutout', 'Covers a square of so many pixels a side; 0 covers nothing.', {
        title: 'Kapat',
        description: 'Kenarı bu kadar piksel olan bir kareyi kapatır; 0 hiçbir şeyi kapatmaz.',
      }),
      minimum: 0,
      maximum: 64,
      default: initial.augment_cutout,
      'x-group': AUGMENTATION,
      'x-advanced': true,
    }),
    augment_color: Type.Number({
      ...texts('Colour', 'Changes brightness, contrast and saturation by up to this share.', {
        title: 'Renk',
        description: 'Parlaklığı, karşıtlığı ve doygunluğu en çok bu oranda değiştirir.',
      }),
      minimum: 0,
      maximum: 1,
      default: initial.augment_color,
      'x-group': AUGMENTATION,
      'x-advanced': true,
    }),
    augment_mixup: Type.Number({
      ...texts(
        'Mixup',
        'Blends images and their classes in pairs; small values leave mostly one of the two to be seen, 1 blends in any proportion, 0 not at all.',
        {
          title: 'Karıştır',
          description:
            'Görüntüleri sınıflarıyla birlikte ikişer ikişer karıştırır; küçük değerlerde çoğunlukla biri baskındır, 1 her oranda karıştırır, 0 karıştırmaz.',
        },
      ),
      minimum: 0,
      maximum: 1,
      default: initial.augment_mixup,
      'x-group': AUGMENTATION,
      'x-advanced': true,
    }),
    ...splitProperties(initial, {
      validation: {
        en: 'Share of the images that choose the best epoch.',
        tr: 'En iyi devri seçen görüntülerin payı.',
      },
      test: {
        en: 'Share of the images that only the report sees, where the data has no test part of its own.',
        tr: 'Verinin kendi test bölümü yoksa, yalnızca raporun gördüğü görüntülerin payı.',
      },
    }),
  };
}

/** What every image classifier's configuration holds. */
export interface ImageConfig extends TrainingConfig {
  channels: number;
  blocks: number;
  hidden_size: number;
  dropout: number;
  label_smoothing: number;
  augment_flip: boolean;
  augment_shift: number;
  augment_rotation: number;
  augment_cutout: number;
  augment_color: number;
  augment_mixup: number;
  validation_fraction: number;
  test_fraction: number;
}
