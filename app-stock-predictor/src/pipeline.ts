import type { SeriesDescription, SeriesTable } from 'azuraforge-learner';
import { TimeSeriesPipeline } from 'azuraforge-learner';
import { readSeriesCsv } from 'azuraforge-learner/node';
import type { StockConfig } from './config.ts';
import { configSchema } from './config.ts';

class StockPredictor extends TimeSeriesPipeline<StockConfig> {
  override readonly id = 'stock_predictor';
  override readonly configSchema = configSchema;

  protected override async loadSeries({ first_year: firstYear }: StockConfig): Promise<SeriesTable> {
    const table = await readSeriesCsv(new URL('../data/sp500-2000.csv', import.meta.url), {
      labelName: 'date',
      columns: ['close', 'high', 'low', 'volume'],
    });
    return table.slice(table.labels.findIndex((label) => label >= `${firstYear}-01-01`));
  }

  protected override describeSeries(): SeriesDescription {
    return {
      target: { column: 'close', title: { en: 'S&P 500 at close', tr: 'S&P 500 kapanış' }, unit: 'points' },
      change: 'log_return',
      // Ratios and returns mean the same in every year; prices themselves do not.
      features: [
        { kind: 'log_return', column: 'close' },
        { kind: 'log_ratio', column: 'high', over: 'low' },
        { kind: 'log_return', column: 'volume' },
      ],
      frequency: 'weekdays',
      seasonLength: 5,
      columnTitles: {
        high: { en: 'Highest of the day', tr: 'Günün en yükseği' },
        low: { en: 'Lowest of the day', tr: 'Günün en düşüğü' },
        volume: { en: 'Shares traded', tr: 'İşlem hacmi' },
      },
      caveats: [
        {
          kind: 'note',
          id: 'market_caveat',
          title: { en: 'What to expect from stock forecasts', tr: 'Borsa tahminlerinden ne beklenir' },
          tone: 'neutral',
          text: {
            en: 'Changes of a large index are close to unpredictable from its own past, so a model that matches the naive forecast is the usual outcome and a clear win deserves suspicion. Holidays are not in the calendar: forecast dates skip weekends only. This is no investment advice.',
            tr: 'Büyük bir endeksin değişimi kendi geçmişinden neredeyse hiç kestirilemez; bu yüzden naif tahmine denk bir model olağan sonuçtur, açık bir üstünlük ise kuşkuyla karşılanmalıdır. Takvim tatilleri bilmez: tahmin tarihleri yalnızca hafta sonlarını atlar. Bu bir yatırım tavsiyesi değildir.',
          },
        },
      ],
    };
  }
}

export default new StockPredictor();
