import { Type } from 'typebox';
import { DATA, MODEL, texts } from './form-field.ts';
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
  const shared = trainingProperties(initial);
  return {
    epochs: shared.epochs,
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
    dropout: Type.Number({
      ...texts('Dropout', 'Share of the hidden values that is dropped while training, against overfitting.', {
        title: 'Seyreltme',
        description: 'Ezberlemeye karşı, eğitim sırasında atılan gizli değerlerin payı.',
      }),
      minimum: 0,
      maximum: 0.9,
      default: initial.dropout,
      'x-group': MODEL,
    }),
    batch_size: shared.batch_size,
    learning_rate: shared.learning_rate,
    schedule: shared.schedule,
    optimizer: shared.optimizer,
    early_stopping_patience: shared.early_stopping_patience,
    seed: shared.seed,
    label_smoothing: Type.Number({
      ...texts('Label smoothing', 'How much the model is kept from being too sure of itself.', {
        title: 'Etiket yumuşatma',
        description: 'Modelin kendinden fazla emin olmasının ne kadar önleneceği.',
      }),
      minimum: 0,
      maximum: 0.5,
      default: initial.label_smoothing,
      'x-group': MODEL,
      'x-advanced': true,
    }),
    weight_decay: shared.weight_decay,
    gradient_clip: shared.gradient_clip,
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
    validation_fraction: Type.Number({
      ...texts('Validation share', 'Share of the images that choose the best epoch.', {
        title: 'Doğrulama payı',
        description: 'En iyi devri seçen görüntülerin payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.validation_fraction,
      'x-group': DATA,
      'x-advanced': true,
    }),
    test_fraction: Type.Number({
      ...texts(
        'Test share',
        'Share of the images that only the report sees, where the data has no test part of its own.',
        {
          title: 'Test payı',
          description: 'Verinin kendi test bölümü yoksa, yalnızca raporun gördüğü görüntülerin payı.',
        },
      ),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.test_fraction,
      'x-group': DATA,
      'x-advanced': true,
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
