'use client';

import { CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import type { ChartSection, FactsSection, NoteSection, ReportSection } from 'azuraforge-dbmodels/contract';
import { Chart } from '../../charts/chart.tsx';
import type { Series } from '../../charts/series.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import { Bars } from './bars.tsx';
import { HeatMap } from './heat-map.tsx';
import { Pictures } from './pictures.tsx';
import styles from './report.module.css';
import { ScoresTable } from './scores-table.tsx';

const TONES = {
  good: { Icon: CircleCheck, label: 'report.toneGood' },
  neutral: { Icon: Info, label: 'report.toneNeutral' },
  warning: { Icon: TriangleAlert, label: 'report.toneWarning' },
} as const;

function ReportChart({ section }: { section: ChartSection }) {
  const { localized } = useLanguage();
  const series = useMemo<Series[]>(
    () =>
      section.series.map((line) => ({
        key: line.key,
        name: localized(line.title),
        role: line.role ?? 'other',
        values: line.values,
      })),
    [section, localized],
  );
  return (
    <Chart
      title={localized(section.title)}
      testId={`report-chart-${section.id}`}
      labels={section.x.labels}
      series={series}
      yTitle={section.y.title ? localized(section.y.title) : null}
      unit={section.y.unit}
    />
  );
}

function Facts({ section }: { section: FactsSection }) {
  const { formats, localized } = useLanguage();
  return (
    <dl className={styles.facts}>
      {section.items.map((item) => (
        <div key={item.key}>
          <dt>{localized(item.title)}</dt>
          <dd>
            {typeof item.value === 'number' ? formats.value(item.value) : formats.label(item.value)}
            {item.unit && ` ${item.unit}`}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Note({ section }: { section: NoteSection }) {
  const { t, localized } = useLanguage();
  const { Icon, label } = TONES[section.tone];
  return (
    <section className={styles.note} data-tone={section.tone}>
      <Icon size={20} aria-hidden="true" />
      <div>
        <h2>
          <span className={styles.tone}>{t(label)}</span>
          {localized(section.title)}
        </h2>
        <p>{localized(section.text)}</p>
      </div>
    </section>
  );
}

/** One section of a report, whatever pipeline has written it. */
export function ReportSectionView({ section }: { section: ReportSection }) {
  const { localized } = useLanguage();
  if (section.kind === 'note') return <Note section={section} />;
  const description =
    section.kind !== 'facts' && section.description ? localized(section.description) : undefined;
  return (
    <Panel title={localized(section.title)} description={description}>
      {section.kind === 'scores' && <ScoresTable section={section} />}
      {section.kind === 'chart' && <ReportChart section={section} />}
      {section.kind === 'bars' && <Bars section={section} />}
      {section.kind === 'heat_map' && <HeatMap section={section} />}
      {section.kind === 'facts' && <Facts section={section} />}
      {section.kind === 'pictures' && <Pictures section={section} />}
    </Panel>
  );
}
