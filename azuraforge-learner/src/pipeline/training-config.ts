import { Type } from 'typebox';
import { texts, TRAINING } from './form-field.ts';

/** How a model is trained; part of the configuration of every pipeline that trains with the `Trainer`. */
export interface TrainingConfig {
  epochs: number;
  batch_size: number;
  learning_rate: number;
  /** Of the learning rate over the run; constant when left out. */
  schedule?: 'constant' | 'cosine' | 'one_cycle';
  optimizer: 'adam' | 'adamw' | 'sgd';
  weight_decay: number;
  gradient_clip: number;
  early_stopping_patience: number;
  seed: number;
}

/** Fields of every pipeline that trains with the `Trainer`. */
export function trainingProperties(initial: Required<TrainingConfig>) {
  return {
    epochs: Type.Integer({
      ...texts('Epochs', 'How often training goes through all training data, at most.', {
        title: 'Devir',
        description: 'Eğitimin tüm eğitim verisi üzerinden en çok kaç kez geçeceği.',
      }),
      minimum: 1,
      maximum: 500,
      default: initial.epochs,
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
    schedule: Type.Enum(['one_cycle', 'cosine', 'constant'], {
      ...texts(
        'Schedule',
        'How the learning rate moves over the run: up and far down, down along a cosine, or not at all.',
        {
          title: 'Öğrenme oranı planı',
          description:
            'Öğrenme oranının eğitim boyunca nasıl değişeceği: yükselip iyice düşer, kosinüsle düşer ya da sabit kalır.',
          enum: { one_cycle: 'Tek çevrim', cosine: 'Kosinüs', constant: 'Sabit' },
        },
      ),
      default: initial.schedule,
      'x-group': TRAINING,
      'x-enum-titles': { one_cycle: 'One cycle', cosine: 'Cosine', constant: 'Constant' },
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
  };
}
