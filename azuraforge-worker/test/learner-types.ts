/**
 * azuraforge-learner may not import the contract, so nothing but this makes the compiler compare the two. Only types:
 * `npm run typecheck` fails when what a pipeline gives is not what the platform stores and shows, or takes.
 */
import type * as contract from 'azuraforge-dbmodels/contract';
import type * as learner from 'azuraforge-learner';

type Given<Value extends Expected, Expected> = Value;

export type Proofs = [
  Given<learner.TrainingEvent, contract.TrainingEvent>,
  Given<learner.Report, contract.Report>,
  Given<learner.Report['summary'], contract.ExperimentSummary>,
  Given<learner.Prediction, contract.Prediction>,
  Given<learner.JsonSchema, contract.JsonSchema>,
  Given<contract.PredictionInput, learner.PredictionInput>,
  Given<contract.TrainingEvent, learner.TrainingEvent>,
  Given<contract.Report, learner.Report>,
];
