// Fields that the forms of several pipelines share.
import { Type } from 'typebox';
import { SCALER_KINDS } from '../data/scaler.ts';
import { DATA, MODEL, texts, TRAINING } from './form-field.ts';

export function dropoutField(initial: number) {
  return Type.Number({
    ...texts('Dropout', 'Share of the hidden values that is dropped while training, against overfitting.', {
      title: 'Seyreltme',
      description: 'Ezberlemeye karşı, eğitim sırasında atılan gizli değerlerin payı.',
    }),
    minimum: 0,
    maximum: 0.9,
    default: initial,
    'x-group': MODEL,
  });
}

export function labelSmoothingField(initial: number) {
  return Type.Number({
    ...texts('Label smoothing', 'How much the model is kept from being too sure of itself.', {
      title: 'Etiket yumuşatma',
      description: 'Modelin kendinden fazla emin olmasının ne kadar önleneceği.',
    }),
    minimum: 0,
    maximum: 0.5,
    default: initial,
    'x-group': MODEL,
    'x-advanced': true,
  });
}

/** The loss of a model that gives numbers. */
export function lossField(initial: 'mse' | 'mae' | 'huber') {
  return Type.Enum(['mse', 'mae', 'huber'], {
    ...texts(
      'Loss',
      'What training makes small where a number is predicted: squared errors, absolute errors, or Huber, between the two.',
      {
        title: 'Kayıp',
        description:
          'Sayı tahmininde eğitimin küçülttüğü şey: kare hata, mutlak hata ya da ikisinin arası olan Huber.',
        enum: { mse: 'Kare hata', mae: 'Mutlak hata' },
      },
    ),
    default: initial,
    'x-group': TRAINING,
    'x-enum-titles': { mse: 'Squared error', mae: 'Absolute error', huber: 'Huber' },
  });
}

export function scalerField(initial: 'standard' | 'min_max') {
  return Type.Enum([...SCALER_KINDS], {
    ...texts('Scaler', 'How numbers are brought to a common scale; fitted on the training part only.', {
      title: 'Ölçekleyici',
      description: 'Sayıların ortak ölçeğe nasıl getirileceği; yalnızca eğitim bölümünden öğrenilir.',
      enum: { standard: 'Ortalama 0, sapma 1', min_max: "0'dan 1'e" },
    }),
    default: initial,
    'x-group': DATA,
    'x-advanced': true,
    'x-enum-titles': { standard: 'Mean 0, deviation 1', min_max: 'From 0 to 1' },
  });
}

/** A description in both languages. */
interface Description {
  en: string;
  tr: string;
}

/** The shares of the data that do not train; the descriptions say which they are. */
export function splitProperties(
  initial: { validation_fraction: number; test_fraction: number },
  { validation, test }: { validation: Description; test: Description },
) {
  return {
    validation_fraction: shareField(
      'Validation share',
      'Doğrulama payı',
      validation,
      initial.validation_fraction,
    ),
    test_fraction: shareField('Test share', 'Test payı', test, initial.test_fraction),
  };
}

function shareField(title: string, tr: string, description: Description, initial: number) {
  return Type.Number({
    ...texts(title, description.en, { title: tr, description: description.tr }),
    minimum: 0.02,
    maximum: 0.4,
    default: initial,
    'x-group': DATA,
    'x-advanced': true,
  });
}
