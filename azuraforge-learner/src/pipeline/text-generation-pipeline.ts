import { Generator } from 'azuraforge-core';
import { byteHash } from '../data/byte-hash.ts';
import { TokenDataset } from '../data/token-dataset.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import { DataError } from '../error.ts';
import type { TrainingEvent } from '../event.ts';
import { generateTokens } from '../generation/generate-tokens.ts';
import { TokenCrossEntropyLoss } from '../loss/token-cross-entropy.ts';
import { GPT } from '../nn/gpt.ts';
import type { Module } from '../nn/module.ts';
import type { GenerationInput, TextPrediction, TrainingResult, TrainingRun } from '../pipeline.ts';
import type { NoteSection } from '../report.ts';
import { GENERATION_SECTIONS, generationReport } from '../report/generation-report.ts';
import type { GenerationConfig } from './generation-config.ts';
import { checkHeads } from './generation-config.ts';
import { generationInputSchema, generationSchema, readGenerationInput } from './generation-input.ts';
import { restoreGenerator, storeGenerationState } from './generation-state.ts';
import type { LearningTask } from './learning-pipeline.ts';
import { epochLosses, LearningPipeline } from './learning-pipeline.ts';
import { trainingFacts } from './run-facts.ts';
import { judgedTokens, ngramBaselines } from './ngram-baselines.ts';
import { splitText } from './text-parts.ts';
import { textSample, textSamples } from './text-samples.ts';
import { tokenAttention } from './token-attention.ts';
import { JudgedWindows, TokenJudge } from './token-judge.ts';
import { trainTokenizer } from './tokenizer-config.ts';

/** Texts by the model that the report shows. */
const SAMPLES = 3;

type TokenParts = Record<'train' | 'validation' | 'test', Int32Array>;

/**
 * Writes on from a prompt, with a small GPT that is trained on a text. A subclass says where the text comes from; its
 * `configSchema` holds `generationProperties()`.
 */
export abstract class TextGenerationPipeline<Config extends GenerationConfig> extends LearningPipeline<
  Config,
  string,
  GenerationInput,
  TextPrediction
> {
  override readonly reportSections = GENERATION_SECTIONS;

  /** The whole text, in the order in which it is read: its end is the test part. */
  protected abstract loadText(config: Config): string | Promise<string>;

  /** What a reader of the report should know about this kind of text. */
  protected caveats(): NoteSection[] {
    return [];
  }

  /** The events of epochs hold the perplexity of the validation part too. */
  override train(run: TrainingRun<Config>): Promise<TrainingResult> {
    return super.train({ ...run, onEvent: (event) => run.onEvent(withPerplexity(event)) });
  }

  protected override load(config: Config): string | Promise<string> {
    return this.loadText(config);
  }

  protected override async prepare(text: string, config: Config): Promise<LearningTask> {
    checkHeads(config);
    const { window, seed } = config;
    const texts = splitText(text, config);
    const tokenizer = trainTokenizer(texts.train, config);
    const parts = {
      train: tokenizer.encode(texts.train),
      validation: tokenizer.encode(texts.validation),
      test: tokenizer.encode(texts.test),
    };
    checkLengths(parts, window);
    const hash = await byteHash([new TextEncoder().encode(text)]);
    return {
      createModel: () => createModel(tokenizer, config),
      loss: new TokenCrossEntropyLoss(),
      train: new TokenDataset({ tokens: parts.train, window, seed }),
      validation: new TokenDataset({ tokens: parts.validation, window }),
      test: new JudgedWindows(parts.test, window),
      judge: (model) => new TokenJudge(model as GPT),
      evaluationBatch: config.batch_size,
      sample: async (epoch, model) => {
        const { prompt, text: made } = await textSample(model as GPT, tokenizer, parts.validation, { seed });
        return { type: 'log', level: 'info', message: `Epoch ${epoch} writes: ${prompt} … ${made}` };
      },
      report: async ({ data }, record, { model, signal }) => {
        const vocabularySize = tokenizer.size;
        const { unigram, trigram } = await ngramBaselines(parts, { vocabularySize, window, signal });
        const judged = parts.test.subarray(1, 1 + judgedTokens(parts.test, window));
        return generationReport({
          pipelineId: this.id,
          createdAt: new Date(),
          window,
          characters: [...tokenizer.decode(judged)].length,
          scores: { model: { validation: record.history.bestLoss, test: data }, trigram, unigram },
          attention: await tokenAttention(model as GPT, tokenizer, parts.test),
          losses: epochLosses(record.history),
          samples: await textSamples(model as GPT, tokenizer, parts.test, { count: SAMPLES, seed, signal }),
          facts: [
            ...tokenFacts(parts),
            {
              key: 'vocabulary',
              title: { en: 'Different tokens', tr: 'Farklı birimler' },
              value: vocabularySize,
            },
            { key: 'window', title: { en: 'Window', tr: 'Pencere' }, value: window },
            ...trainingFacts(record, seed, hash),
          ],
          caveats: this.caveats(),
        });
      },
      preprocessing: storeGenerationState(tokenizer),
      features: ['tokens'],
      datasetHash: hash,
      inputSchema: generationInputSchema(window),
      outputSchema: generationSchema(),
    };
  }

  protected override async answer(
    module: Module,
    preprocessing: Record<string, unknown>,
    input: GenerationInput,
  ): Promise<TextPrediction> {
    const { model, tokenizer } = restoreGenerator(module, preprocessing);
    const window = model.position.maxLength;
    const asked = readGenerationInput(input, tokenizer, window);
    const made = await generateTokens(model, asked.tokens, {
      maxTokens: asked.max_tokens,
      temperature: asked.temperature,
      topK: asked.top_k,
      topP: asked.top_p,
      generator: new Generator(asked.seed),
    });
    return {
      pipeline_id: this.id,
      prompt: asked.prompt,
      text: tokenizer.decode(made),
      tokens: made.length,
      prompt_tokens: asked.tokens.length,
      cut_tokens: Math.max(0, asked.tokens.length - window),
      seed: asked.seed,
    };
  }
}

function withPerplexity(event: TrainingEvent): TrainingEvent {
  if (event.type !== 'epoch' || event.validation_loss === null) return event;
  return { ...event, metrics: { ...event.metrics, perplexity: Math.exp(event.validation_loss) } };
}

function createModel({ size }: Tokenizer, config: GenerationConfig): GPT {
  return new GPT(size, {
    maxLength: config.window,
    dModel: config.hidden_size,
    nhead: config.num_heads,
    numLayers: config.num_layers,
    dropout: config.dropout,
    tied: config.tied_head,
    generator: new Generator(config.seed),
  });
}

function checkLengths(parts: TokenParts, window: number): void {
  // The training windows start somewhere else in each epoch, which takes one window more.
  const least = { train: 2 * window, validation: window + 1, test: window + 1 };
  for (const name of ['train', 'validation', 'test'] as const) {
    const { length } = parts[name];
    if (length >= least[name]) continue;
    throw new DataError(
      `The ${name === 'train' ? 'training' : name} part of the text has ${length} tokens, too few for a window of ${window}: it needs ${least[name]}. Lower window, ${name === 'train' ? '' : `raise ${name}_fraction, `}or give a longer text.`,
    );
  }
}

function tokenFacts(parts: TokenParts) {
  const titles = {
    train: { en: 'Training tokens', tr: 'Eğitim birimleri' },
    validation: { en: 'Validation tokens', tr: 'Doğrulama birimleri' },
    test: { en: 'Test tokens', tr: 'Test birimleri' },
  };
  return (['train', 'validation', 'test'] as const).map((key) => ({
    key,
    title: titles[key],
    value: parts[key].length,
  }));
}
