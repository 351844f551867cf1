import type { HeatMap } from '../explain.ts';
import type { HeatMapSection } from '../report.ts';
import { heatMapSection } from './explanation.ts';

/** How much of its attention a language model gives to each token that it has read. */
export interface TokenAttention {
  /** The text of each token. */
  tokens: readonly string[];
  /** Rows are the tokens that are read, columns those that are looked at; each row sums to 1. */
  map: HeatMap;
}

export function attentionSection({ tokens, map }: TokenAttention): HeatMapSection {
  const labels = tokens.map(visible);
  return heatMapSection(map, {
    id: 'attention',
    title: { en: 'What the model looks at', tr: 'Modelin baktığı yerler' },
    description: {
      en: `The start of the test part: how each token (a row), to foretell the next one, divides its attention among itself and those before it (the columns); the mean of all heads and layers. Spaces stand as ${SPACE}, ends of lines as ${LINE}. Much of what is not needed goes to the first token, and what a model looks at is not yet what decides.`,
      tr: `Test bölümünün başı: her birimin (satır), bir sonrakini öngörmek için dikkatini kendisiyle öncekiler (sütunlar) arasında nasıl bölüştürdüğü; tüm başların ve katmanların ortalaması. Boşluklar ${SPACE}, satır sonları ${LINE} ile gösterilir. Gerekmeyen dikkatin çoğu ilk birime gider; modelin baktığı yer, kararı belirleyen yer demek değildir.`,
    },
    value: { title: { en: 'Share of the attention', tr: 'Dikkatteki pay' } },
    rows: { title: { en: 'Token that is read', tr: 'Okunan birim' }, labels },
    columns: { title: { en: 'Token that is looked at', tr: 'Bakılan birim' }, labels },
  });
}

const SPACE = '␣';
const LINE = '↵';

/** Space has to be seen, or a label would seem empty. */
function visible(token: string): string {
  return token.replaceAll('\n', LINE).replaceAll(/\s/g, SPACE);
}
