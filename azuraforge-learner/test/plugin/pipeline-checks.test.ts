import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { ConfigError } from '../../src/error.ts';
import type {
  GenerationInput,
  Prediction,
  PredictionInput,
  TextPrediction,
  TrainingResult,
  TrainingRun,
} from '../../src/pipeline.ts';
import type { PicturesSection, ReportSection } from '../../src/report.ts';
import { pipelineChecks, PipelineContractError, testPipeline } from '../../src/plugin.ts';
import { ballad, BalladPipeline } from '../pipeline/ballad-pipeline.ts';
import type { TideConfig } from '../pipeline/tide-pipeline.ts';
import { TidePipeline } from '../pipeline/tide-pipeline.ts';

describe('a pipeline that keeps the contract', () => {
  test('passes every check', async () => {
    const names = await testPipeline(new TidePipeline());
    expect(names).toEqual([
      'tide: schema makes a form in both languages and its defaults are valid',
      'tide: wrong configuration is refused field by field',
      'tide: training emits its events in order',
      'tide: the same seed gives the same model',
      'tide: cancelling ends the run',
      'tide: files load again and answer beside a baseline',
      'tide: wrong input is refused with its path',
      'tide: report is complete in both languages',
    ]);
  });
});

class UntranslatedForm extends TidePipeline {
  override readonly configSchema = Type.Object(
    {
      ...new TidePipeline().configSchema.properties,
      scale: Type.Number({
        title: 'Scale',
        description: 'No Turkish.',
        minimum: 0.1,
        maximum: 9,
        default: 1,
      }),
    },
    { additionalProperties: false },
  );
}

class Forgiving extends TidePipeline {
  override validateConfig(value: unknown): TideConfig {
    try {
      return super.validateConfig(value);
    } catch (error) {
      if (error instanceof ConfigError) return new TidePipeline().defaultConfig();
      throw error;
    }
  }
}

class Unordered extends TidePipeline {
  override async train(run: TrainingRun<TideConfig>): Promise<TrainingResult> {
    const held: Parameters<typeof run.onEvent>[0][] = [];
    const result = await super.train({ ...run, onEvent: (event) => held.push(event) });
    for (const event of held.toReversed()) run.onEvent(event);
    return result;
  }
}

class Stuttering extends TidePipeline {
  override train(run: TrainingRun<TideConfig>): Promise<TrainingResult> {
    return super.train({
      ...run,
      onEvent: (event) => {
        run.onEvent(event);
        if (event.type === 'preview') run.onEvent(event);
      },
    });
  }
}

class Unseeded extends TidePipeline {
  #runs = 0;

  override train(run: TrainingRun<TideConfig>): Promise<TrainingResult> {
    this.#runs += 1;
    return super.train({ ...run, config: { ...run.config, seed: this.#runs } });
  }
}

class Unstoppable extends TidePipeline {
  override train(run: TrainingRun<TideConfig>): Promise<TrainingResult> {
    return super.train({ ...run, signal: new AbortController().signal });
  }
}

class Speechless extends TidePipeline {
  override async train(run: TrainingRun<TideConfig>): Promise<TrainingResult> {
    const result = await super.train(run);
    const report = structuredClone(result.report);
    report.sections[0]!.title = { en: 'Verdict', tr: '' };
    const bytes = new TextEncoder().encode(JSON.stringify(report));
    return { ...result, report, files: { ...result.files, 'report.json': bytes } };
  }
}

/** Adds a section to the report that no client can draw. */
class Misdrawn extends TidePipeline {
  readonly #section: ReportSection;

  constructor(section: ReportSection) {
    super();
    this.#section = section;
  }

  override async train(run: TrainingRun<TideConfig>): Promise<TrainingResult> {
    const result = await super.train(run);
    const report = { ...result.report, sections: [...result.report.sections, this.#section] };
    const bytes = new TextEncoder().encode(JSON.stringify(report));
    return { ...result, report, files: { ...result.files, 'report.json': bytes } };
  }
}

const heatMap: ReportSection = {
  kind: 'heat_map',
  id: 'map',
  title: 'Map',
  value: {},
  rows: { count: 1, labels: [] },
  columns: { count: 2, labels: ['a', 'b'] },
  values: [1, null],
};
const pictures: PicturesSection = {
  kind: 'pictures',
  id: 'pictures',
  title: 'Pictures',
  items: [
    {
      key: 'a',
      caption: 'A',
      width: 1,
      height: 1,
      channels: 1,
      pixels: 'AA==',
      heat: { rows: 1, columns: 2, values: [1] },
    },
  ],
};
const bars: ReportSection = {
  kind: 'bars',
  id: 'bars',
  title: 'Bars',
  value: {},
  bars: [{ key: 'a', title: 'A', value: 1, spread: Number.NaN }],
};

class Credulous extends TidePipeline {
  override async predict(files: TrainingResult['files'], input: PredictionInput): Promise<Prediction> {
    return super.predict(files, input).catch(() => super.predict(files, {}));
  }
}

class OneSided extends TidePipeline {
  override async predict(files: TrainingResult['files'], input: PredictionInput): Promise<Prediction> {
    const prediction = await super.predict(files, input);
    return { ...prediction, steps: prediction.steps.map((step) => ({ ...step, naive: Number.NaN })) };
  }
}

describe('a pipeline that breaks the contract fails the check of that rule', () => {
  test.each([
    [new UntranslatedForm(), 'schema makes a form', /configSchema\.scale needs its Turkish texts/],
    [new Forgiving(), 'wrong configuration is refused', /expected ConfigError, but nothing was refused/],
    [new Unordered(), 'training emits its events in order', /Stages must come in this order/],
    [new Stuttering(), 'training emits its events in order', /once for each epoch/],
    [new Unseeded(), 'the same seed', /gave different weights/],
    [new Unstoppable(), 'cancelling ends the run', /expected AbortError, but nothing was refused/],
    [new Speechless(), 'report is complete', /"verdict": title must not be empty/],
    [
      new Misdrawn({ ...heatMap, values: [1] }),
      'report is complete',
      /"map" has 1 values for 1 rows and 2 columns/,
    ],
    [
      new Misdrawn({ ...heatMap, rows: { count: 1, labels: ['a', 'b'] } }),
      'report is complete',
      /"map" has 2 labels for 1 rows/,
    ],
    [new Misdrawn(bars), 'report is complete', /"bars" must hold finite numbers/],
    [new Misdrawn({ ...bars, bars: [] }), 'report is complete', /"bars" must have at least one bar/],
    [new Misdrawn(pictures), 'report is complete', /heat of a has 1 values for 1 rows and 2 columns/],
    [
      new Misdrawn({ ...pictures, items: [{ ...pictures.items[0]!, width: 129 }] }),
      'report is complete',
      /picture a has sides of 129 and 1; they must be from 1 to 128/,
    ],
    [new Credulous(), 'wrong input', /expected PredictionInputError/],
    [new OneSided(), 'files load again', /finite naive value/],
  ])('%#', async (pipeline, rule, message) => {
    const checks = await pipelineChecks(pipeline);
    const check = checks.find(({ name }) => name.includes(rule))!;
    await expect(check.run()).rejects.toThrow(PipelineContractError);
    await expect(check.run()).rejects.toThrow(message);
  });

  test('and testPipeline() lists it', async () => {
    await expect(testPipeline(new Speechless())).rejects.toThrow(
      /1 of 8 checks failed\.\ntide: report is complete/,
    );
  });
});

/** A text on which training is over in a moment. */
const SHORT = ballad(60);

class Capricious extends BalladPipeline {
  override predict(files: TrainingResult['files'], input: GenerationInput): Promise<TextPrediction> {
    return super.predict(files, { ...input, seed: Math.floor(2 ** 31 * Math.random()) });
  }
}

class Obstinate extends BalladPipeline {
  override async predict(files: TrainingResult['files'], input: GenerationInput): Promise<TextPrediction> {
    const answer = await super.predict(files, { ...input, seed: 1 });
    return { ...answer, seed: input.seed ?? 1 };
  }
}

class Talkative extends BalladPipeline {
  override predict(files: TrainingResult['files'], input: GenerationInput): Promise<TextPrediction> {
    return super.predict(files, { ...input, max_tokens: 9 });
  }
}

test.each([
  [new Capricious(SHORT), 'files load again', /must hold its prompt and its seed/],
  [new Obstinate(SHORT), 'files load again', /Other seeds must be able to give other texts/],
  [new Talkative(SHORT), 'files load again', /has 9 tokens, though 8 were asked for/],
  [new Talkative(SHORT), 'wrong input is refused', /wrong max_tokens: expected PredictionInputError/],
])(
  'a pipeline that writes and breaks the contract fails the check of that rule, %#',
  async (pipeline, rule, message) => {
    const checks = await pipelineChecks(pipeline, { config: { epochs: 1, num_heads: 1 } });
    const check = checks.find(({ name }) => name.includes(rule))!;
    await expect(check.run()).rejects.toThrow(PipelineContractError);
    await expect(check.run()).rejects.toThrow(message);
  },
);
