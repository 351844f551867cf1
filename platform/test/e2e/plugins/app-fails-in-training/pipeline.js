import { Pipeline } from 'azuraforge-learner';

class FailsInTraining extends Pipeline {
  id = 'fails_in_training';
  configSchema = {
    type: 'object',
    additionalProperties: false,
    required: ['epochs'],
    properties: { epochs: { type: 'integer', title: 'Epochs', minimum: 1, maximum: 10, default: 2 } },
  };

  async train() {
    throw new Error('The sensor file of 2015 is empty.');
  }

  async predict() {
    throw new Error('There is no model to predict with.');
  }
}

export default new FailsInTraining();
