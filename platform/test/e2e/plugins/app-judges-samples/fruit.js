import { TabularPipeline } from 'azuraforge-learner';
import { columnTitles, configSchema, fruitTable } from './fruit-table.js';

class Fruit extends TabularPipeline {
  id = 'fruit';
  configSchema = configSchema;

  loadTable() {
    return fruitTable();
  }

  describeTable() {
    return { target: { column: 'kind', title: { en: 'Kind', tr: 'Tür' } }, columnTitles };
  }
}

export default new Fruit();
