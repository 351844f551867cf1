'use client';

import { useMemo } from 'react';
import type { Prediction } from 'azuraforge-dbmodels/contract';
import { ForecastAnswer } from '../forecasts/forecast-answer.tsx';
import type { Row } from '../forecasts/rows.ts';
import { AudioAnswer } from './audio-answer.tsx';
import { ClassAnswer } from './class-answer.tsx';
import { OtherAnswer } from './other-answer.tsx';
import { knownPrediction } from './prediction-kind.ts';
import { TextAnswer } from './text-answer.tsx';
import { ValueAnswer } from './value-answer.tsx';

interface PredictionAnswerProps {
  prediction: Prediction;
  /** The rows that were sent, to be shown beside their answers. */
  sent: Row[] | null;
  /** Name of the model, for files. */
  name: string;
}

/** What a model answers, drawn as what it is. */
export function PredictionAnswer({ prediction, sent, name }: PredictionAnswerProps) {
  const known = useMemo(() => knownPrediction(prediction), [prediction]);
  switch (known.kind) {
    case 'forecast':
      return <ForecastAnswer prediction={known.prediction} target={known.prediction.target} name={name} />;
    case 'classes':
      return <ClassAnswer prediction={known.prediction} sent={sent} name={name} />;
    case 'values':
      return <ValueAnswer prediction={known.prediction} name={name} />;
    case 'text':
      return <TextAnswer prediction={known.prediction} />;
    case 'audio':
      return <AudioAnswer prediction={known.prediction} name={name} />;
    case 'other':
      return <OtherAnswer prediction={known.prediction} name={name} />;
  }
}
