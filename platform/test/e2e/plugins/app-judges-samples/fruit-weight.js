import { TabularPipeline } from 'azuraforge-learner';
import { columnTitles, configSchema, fruitTable } from './fruit-table.js';

class FruitWeight extends TabularPipeline {
  id = 'fruit_weight';
  configSchema = configSchema;

  loadTable() {
    return fruitTable();
  }

  describeTable() {
    return {
      target: { column: 'weight', title: { en: 'Weight', tr: 'Ağırlık' }, unit: 'g' },
      inputs: ['width', 'length', 'origin'],
      columnTitles,
    };
  }
}

export default new FruitWeight();
