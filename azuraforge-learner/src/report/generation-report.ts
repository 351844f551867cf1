import type {
  ChartSection,
  FactsSection,
  LocalizedText,
  NoteSection,
  Report,
  ScoresSection,
} from '../report.ts';
import type { TokenAttention } from './attention.ts';
import { attentionSection } from './attention.ts';
import { compareErrors } from './comparison.ts';
import { distanceBins } from './distance-bins.ts';
import { improvementNote, improvementSummary, UNDECIDED_SEQUENCE } from './improvement.ts';
import type { EpochLoss } from './loss-chart.ts';
import { lossChart } from './loss-chart.ts';
import { formatNumber, rounded } from './number-text.ts';

/** Ids of the sections that every report of a generator of text has. */
export const GENERATION_SECTIONS = ['verdict', 'scores', 'context', 'attention', 'loss', 'samples', 'facts'];

/** What the model or a baseline loses on the same tokens, in nats. */
export interface TokenLosses {
  /** Mean over the validation part, on which the best epoch is chosen and n-grams are tuned. */
  validation: number;
  /** Of each token of the test part, window after window. */
  test: ArrayLike<number>;
}

/** A text that the model made. */
export interface TextSample {
  prompt: string;
  text: string;
}

export interface GenerationReportInput {
  pipelineId: string;
  createdAt: Date;
  scores: {
    model: TokenLosses;
    /** The baseline: a trigram model with modified Kneser-Ney smoothing. */
    trigram: TokenLosses;
    /** How common each token is. */
    unigram: TokenLosses;
  };
  /** Tokens of one window. */
  window: number;
  /** What the tokens of the test part were made from. */
  characters: number;
  attention: TokenAttention;
  losses: readonly EpochLoss[];
  samples: readonly TextSample[];
  facts: FactsSection['items'];
  /** Shown after the verdict: what a reader should know about this kind of text. */
  caveats?: NoteSection[];
}

/** The report of a language model: verdict, perplexity beside n-grams, what context is worth, attention, losses and samples. */
export function generationReport(input: GenerationReportInput): Report {
  const { model, trigram } = input.scores;
  const [own, rival] = [model, trigram].map(({ test }) => windowMeans(test, input.window));
  const improvement = {
    metric: 'perplexity',
    measure: { en: 'perplexity', tr: 'çapraşıklık (perplexity)' },
    model: Math.exp(mean(model.test)),
    naive: Math.exp(mean(trigram.test)),
    // Windows follow each other in the text, so the test must not take them for independent.
    comparison: compareErrors(own!, rival!, 1),
    baseline: {
      en: 'the baseline, a trigram model with modified Kneser-Ney smoothing',
      tr: 'Kneser-Ney yumuşatmalı üçlü (trigram) temel model',
    },
    samples: own!.length,
    undecided: UNDECIDED_SEQUENCE,
    write: formatNumber,
  };
  return {
    version: 1,
    pipeline_id: input.pipelineId,
    created_at: input.createdAt.toISOString(),
    summary: improvementSummary(improvement),
    sections: [
      improvementNote(improvement),
      ...(input.caveats ?? []),
      scoresSection(input),
      contextChart(input),
      attentionSection(input.attention),
      lossChart(input.losses),
      samplesSection(input.samples),
      {
        kind: 'facts',
        id: 'facts',
        title: { en: 'Data and run', tr: 'Veri ve çalıştırma' },
        items: input.facts,
      },
    ],
  };
}

const ROWS = [
  { key: 'model', title: { en: 'Model', tr: 'Model' }, role: 'model' },
  { key: 'trigram', title: { en: 'Trigrams (Kneser-Ney)', tr: 'Üçlüler (Kneser-Ney)' }, role: 'naive' },
  { key: 'unigram', title: { en: 'Frequencies of tokens', tr: 'Birimlerin sıklığı' }, role: 'other' },
] as const;

function scoresSection({ scores, window, characters }: GenerationReportInput): ScoresSection {
  const tokens = scores.model.test.length;
  return {
    kind: 'scores',
    id: 'scores',
    title: { en: 'Scores on the held-out end of the text', tr: 'Metnin ayrılmış sonundaki başarım' },
    description: {
      en: `${tokens} tokens, ${characters} characters, that neither training nor model selection saw. Perplexity: among how many equally likely tokens one would be as undecided. The discounts of the trigrams were tuned on the validation part, in their favour; the model starts each window of ${window} tokens without context.`,
      tr: `Ne eğitimde ne de model seçiminde kullanılan ${tokens} birim, ${characters} karakter. Çapraşıklık: eşit olasılıklı kaç birim arasında o kadar kararsız kalınacağı. Üçlülerin indirimleri doğrulama bölümünde, onların lehine ayarlandı; model ${window} birimlik her pencereye bağlamsız başlar.`,
    },
    columns: [
      { key: 'perplexity', title: { en: 'Perplexity', tr: 'Çapraşıklık' }, better: 'lower' },
      {
        key: 'loss',
        title: { en: 'Loss per token', tr: 'Birim başına kayıp' },
        unit: 'nat',
        better: 'lower',
      },
      {
        key: 'bits_per_character',
        title: { en: 'Bits per character', tr: 'Karakter başına bit' },
        unit: 'bit',
        better: 'lower',
      },
      {
        key: 'validation_loss',
        title: { en: 'Loss per token, validation part', tr: 'Birim başına kayıp, doğrulama bölümü' },
        unit: 'nat',
        better: 'lower',
      },
    ],
    rows: ROWS.map(({ key, title, role }) => {
      const { validation, test } = scores[key];
      const loss = mean(test);
      return {
        key,
        title,
        role,
        values: {
          perplexity: Math.exp(loss),
          loss,
          bits_per_character: (loss * tokens) / Math.LN2 / characters,
          validation_loss: validation,
        },
      };
    }),
  };
}

/** What it is worth to have seen more of the text. */
function contextChart({ scores, window }: GenerationReportInput): ChartSection {
  const bins = distanceBins(window);
  const means = (losses: ArrayLike<number>): number[] =>
    bins.map(({ first, last }) =>
      mean(Array.from(losses).filter((_, at) => (at % window) + 1 >= first && (at % window) + 1 <= last)),
    );
  return {
    kind: 'chart',
    id: 'context',
    title: { en: 'Loss by place in the window', tr: 'Penceredeki yere göre kayıp' },
    description: {
      en: 'A model that uses what it has seen loses less on later tokens. Trigrams always see the two tokens before.',
      tr: 'Gördüklerini kullanan bir model sonraki birimlerde daha az kaybeder. Üçlüler her zaman önceki iki birimi görür.',
    },
    x: { title: { en: 'Place of the token', tr: 'Birimin yeri' }, labels: bins.map(({ label }) => label) },
    y: { title: { en: 'Loss', tr: 'Kayıp' }, unit: 'nat' },
    series: ROWS.slice(0, 2).map(({ key, title, role }) => ({
      key,
      title,
      role,
      values: means(scores[key].test).map(rounded),
    })),
  };
}

function samplesSection(samples: readonly TextSample[]): FactsSection {
  return {
    kind: 'facts',
    id: 'samples',
    title: { en: 'Texts by the model', tr: 'Modelin yazdıkları' },
    items: samples.map(({ prompt, text }, index) => ({
      key: `sample_${index + 1}`,
      title: after(prompt),
      value: text,
    })),
  };
}

function after(prompt: string): LocalizedText {
  const start = prompt.replaceAll(/\s+/g, ' ').trim();
  return { en: `After “${start}”`, tr: `“${start}” ardından` };
}

function windowMeans(losses: ArrayLike<number>, window: number): number[] {
  const all = Float64Array.from(losses);
  return Array.from({ length: all.length / window }, (_, index) =>
    mean(all.subarray(index * window, (index + 1) * window)),
  );
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index]!;
  return sum / values.length;
}
