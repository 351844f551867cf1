import { Type } from 'typebox';
import { SCALER_KINDS } from '../data/scaler.ts';

interface Turkish {
  title: string;
  description: string;
  /** Names of choices, where they differ from the English ones. */
  enum?: Record<string, string>;
}

/** Texts of a form field in English, with the Turkish beside them. */
function texts(
  title: string,
  description: string,
  tr: Turkish,
): { title: string; description: string; 'x-i18n': { tr: Turkish } } {
  return { title, description, 'x-i18n': { tr } };
}

/** Headings under which a form gathers fields. */
const MODEL = { en: 'Model', tr: 'Model' };
const TRAINING = { en: 'Training', tr: 'Eğitim' };
const DATA = { en: 'Data', tr: 'Veri' };

const DEFAULTS = {
  window: 30,
  horizon: 7,
  epochs: 20,
  batch_size: 32,
  learning_rate: 0.003,
  hidden_size: 32,
  num_layers: 1,
  dropout: 0,
  optimizer: 'adam',
  weight_decay: 0,
  gradient_clip: 1,
  loss: 'mse',
  scaler: 'standard',
  validation_fraction: 0.15,
  test_fraction: 0.15,
  early_stopping_patience: 5,
  seed: 42,
} as const;

/** Fields that every time-series pipeline has; put them into a `Type.Object` beside the pipeline's own. */
export function timeSeriesProperties(defaults: Partial<TimeSeriesConfig> = {}) {
  const initial: TimeSeriesConfig = { ...DEFAULTS, ...defaults };
  return {
    window: Type.Integer({
      ...texts('Window', 'How many past rows the model sees for each forecast.', {
        title: 'Pencere',
        description: 'Modelin her tahmin için gördüğü geçmiş satır sayısı.',
      }),
      minimum: 2,
      maximum: 365,
      default: initial.window,
    }),
    horizon: Type.Integer({
      ...texts('Horizon', 'How many rows ahead the model forecasts, all at once.', {
        title: 'Ufuk',
        description: 'Modelin tek seferde tahmin ettiği gelecek satır sayısı.',
      }),
      minimum: 1,
      maximum: 60,
      default: initial.horizon,
    }),
    epochs: Type.Integer({
      ...texts('Epochs', 'How often training goes through all training data, at most.', {
        title: 'Devir',
        description: 'Eğitimin tüm eğitim verisi üzerinden en çok kaç kez geçeceği.',
      }),
      minimum: 1,
      maximum: 500,
      default: initial.epochs,
    }),
    hidden_size: Type.Integer({
      ...texts('Hidden size', 'Width of the LSTM. Wider models learn more, and overfit sooner.', {
        title: 'Gizli katman genişliği',
        description: "LSTM'in genişliği. Geniş modeller daha çok öğrenir, ama daha çabuk ezberler.",
      }),
      minimum: 1,
      maximum: 256,
      default: initial.hidden_size,
      'x-group': MODEL,
    }),
    num_layers: Type.Integer({
      ...texts('Layers', 'How many LSTM layers lie on top of each other.', {
        title: 'Katman sayısı',
        description: 'Üst üste duran LSTM katmanı sayısı.',
      }),
      minimum: 1,
      maximum: 4,
      default: initial.num_layers,
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
    batch_size: Type.Integer({
      ...texts('Batch size', 'How many samples are learned from at once.', {
        title: 'Yığın boyutu',
        description: 'Her adımda birlikte öğrenilen örnek sayısı.',
      }),
      minimum: 1,
      maximum: 1024,
      default: initial.batch_size,
      'x-group': TRAINING,
    }),
    learning_rate: Type.Number({
      ...texts(
        'Learning rate',
        'Size of each step. Too large and the loss jumps, too small and it barely falls.',
        {
          title: 'Öğrenme oranı',
          description: 'Her adımın büyüklüğü. Çok büyükse kayıp sıçrar, çok küçükse neredeyse hiç düşmez.',
        },
      ),
      minimum: 1e-6,
      maximum: 1,
      default: initial.learning_rate,
      'x-group': TRAINING,
    }),
    optimizer: Type.Enum(['adam', 'adamw', 'sgd'], {
      ...texts('Optimizer', 'How the weights follow the gradient.', {
        title: 'Eniyileyici',
        description: 'Ağırlıkların gradyanı nasıl izleyeceği.',
        enum: { sgd: 'Momentumlu SGD' },
      }),
      default: initial.optimizer,
      'x-group': TRAINING,
      'x-enum-titles': { adam: 'Adam', adamw: 'AdamW', sgd: 'SGD with momentum' },
    }),
    loss: Type.Enum(['mse', 'mae', 'huber'], {
      ...texts(
        'Loss',
        'What training makes small: squared errors, absolute errors, or Huber, between the two.',
        {
          title: 'Kayıp',
          description: 'Eğitimin küçülttüğü şey: kare hata, mutlak hata ya da ikisinin arası olan Huber.',
          enum: { mse: 'Kare hata', mae: 'Mutlak hata' },
        },
      ),
      default: initial.loss,
      'x-group': TRAINING,
      'x-enum-titles': { mse: 'Squared error', mae: 'Absolute error', huber: 'Huber' },
    }),
    early_stopping_patience: Type.Integer({
      ...texts(
        'Patience',
        'Training stops after this many epochs without a better validation loss; 0 never stops early.',
        {
          title: 'Sabır',
          description: 'Doğrulama kaybı bu kadar devir iyileşmezse eğitim durur; 0 erken durdurmaz.',
        },
      ),
      minimum: 0,
      maximum: 100,
      default: initial.early_stopping_patience,
      'x-group': TRAINING,
    }),
    seed: Type.Integer({
      ...texts('Seed', 'The same seed and configuration give the same model.', {
        title: 'Tohum',
        description: 'Aynı tohum ve yapılandırma aynı modeli verir.',
      }),
      minimum: 0,
      maximum: 2_147_483_647,
      default: initial.seed,
      'x-group': TRAINING,
    }),
    weight_decay: Type.Number({
      ...texts('Weight decay', 'Pull of the weights towards 0, against overfitting.', {
        title: 'Ağırlık sönümü',
        description: "Ezberlemeye karşı ağırlıkların 0'a doğru çekilmesi.",
      }),
      minimum: 0,
      maximum: 1,
      default: initial.weight_decay,
      'x-group': TRAINING,
      'x-advanced': true,
    }),
    gradient_clip: Type.Number({
      ...texts('Gradient clip', 'Longest gradient that is followed; longer ones are shortened to it.', {
        title: 'Gradyan sınırı',
        description: 'İzlenen en uzun gradyan; daha uzunları buna kısaltılır.',
      }),
      minimum: 0.001,
      maximum: 1000,
      default: initial.gradient_clip,
      'x-group': TRAINING,
      'x-advanced': true,
    }),
    scaler: Type.Enum([...SCALER_KINDS], {
      ...texts('Scaler', 'How inputs are brought to a common scale; fitted on the training part only.', {
        title: 'Ölçekleyici',
        description: 'Girdilerin ortak ölçeğe nasıl getirileceği; yalnızca eğitim bölümünden öğrenilir.',
        enum: { standard: 'Ortalama 0, sapma 1', min_max: "0'dan 1'e" },
      }),
      default: initial.scaler,
      'x-group': DATA,
      'x-advanced': true,
      'x-enum-titles': { standard: 'Mean 0, deviation 1', min_max: 'From 0 to 1' },
    }),
    validation_fraction: Type.Number({
      ...texts('Validation share', 'Share of the rows, before the test rows, that choose the best epoch.', {
        title: 'Doğrulama payı',
        description: 'En iyi devri seçen, test satırlarından önceki satırların payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.validation_fraction,
      'x-group': DATA,
      'x-advanced': true,
    }),
    test_fraction: Type.Number({
      ...texts('Test share', 'Share of the rows, the newest ones, that only the report sees.', {
        title: 'Test payı',
        description: 'Yalnızca raporun gördüğü en yeni satırların payı.',
      }),
      minimum: 0.02,
      maximum: 0.4,
      default: initial.test_fraction,
      'x-group': DATA,
      'x-advanced': true,
    }),
  };
}

/** What every time-series pipeline's configuration holds; fractions are of all rows. */
export interface TimeSeriesConfig {
  window: number;
  horizon: number;
  epochs: number;
  batch_size: number;
  learning_rate: number;
  hidden_size: number;
  num_layers: number;
  dropout: number;
  optimizer: 'adam' | 'adamw' | 'sgd';
  weight_decay: number;
  gradient_clip: number;
  loss: 'mse' | 'mae' | 'huber';
  scaler: 'standard' | 'min_max';
  validation_fraction: number;
  test_fraction: number;
  early_stopping_patience: number;
  seed: number;
}
