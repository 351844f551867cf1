import type { AnyPipeline, TrainingResult } from '../pipeline.ts';
import type { HeatMapSection, LocalizedText, Report, ReportSection } from '../report.ts';
import { MAX_HEAT_MAP_SIDE, MAX_PICTURE_SIDE } from '../report.ts';
import { expect } from './expectation.ts';

/** The report compares the model with a naive baseline, in both languages, in numbers that JSON can carry. */
export function checkReport(result: TrainingResult, { id: pipelineId, reportSections }: AnyPipeline): void {
  const { report, files } = result;
  expect(
    report.version === 1 && report.pipeline_id === pipelineId,
    `The report must have version 1 and pipeline_id "${pipelineId}".`,
  );
  expect(!Number.isNaN(Date.parse(report.created_at)), 'report.created_at must be an ISO date-time.');
  expect(
    Number.isFinite(report.summary.model) && Number.isFinite(report.summary.naive),
    'report.summary must hold finite numbers for model and naive.',
  );
  const stored = files['report.json'];
  expect(stored, 'train() must return the file report.json.');
  expect(
    new TextDecoder().decode(stored).trim() !== '' &&
      JSON.stringify(JSON.parse(new TextDecoder().decode(stored))) === JSON.stringify(report),
    'report.json must hold the report that train() returns.',
  );
  const ids = report.sections.map(({ id }) => id);
  expect(new Set(ids).size === ids.length, 'Every section of the report needs an id of its own.');
  for (const section of report.sections) checkSection(section);
  const declared = ids.filter((id) => reportSections.includes(id));
  expect(
    declared.join() === reportSections.join(),
    `The report must have the sections of reportSections in this order: ${reportSections.join(', ')}. It has ${ids.join(', ')}.`,
  );
  checkBaseline(report);
}

function checkBaseline(report: Report): void {
  const compared = report.sections.some((section) => {
    if (section.kind !== 'scores') return false;
    const roles = new Set(section.rows.map(({ role }) => role));
    return roles.has('model') && roles.has('naive');
  });
  expect(
    compared,
    'The report needs a scores section with a row of role "model" beside one of role "naive".',
  );
  expect(
    report.sections.some(({ kind }) => kind === 'note'),
    'The report needs a note that says in plain words how good the model is.',
  );
}

function checkSection(section: ReportSection): void {
  const at = `report section "${section.id}"`;
  checkText(section.title, `${at}: title`);
  switch (section.kind) {
    case 'scores':
      for (const column of section.columns) checkText(column.title, `${at}: column ${column.key}`);
      for (const row of section.rows) {
        checkText(row.title, `${at}: row ${row.key}`);
        checkNumbers(
          section.columns.map(({ key }) => row.values[key]),
          `${at}: row ${row.key}`,
        );
      }
      return;
    case 'chart':
      for (const series of section.series) {
        checkText(series.title, `${at}: series ${series.key}`);
        expect(
          series.values.length === section.x.labels.length,
          `${at}: series ${series.key} has ${series.values.length} values for ${section.x.labels.length} labels.`,
        );
        checkNumbers(series.values, `${at}: series ${series.key}`);
      }
      return;
    case 'bars':
      expect(section.bars.length > 0, `${at} must have at least one bar.`);
      for (const bar of section.bars) checkText(bar.title, `${at}: bar ${bar.key}`);
      checkNumbers(
        section.bars.flatMap(({ value, spread }) => [value, spread]),
        at,
      );
      return;
    case 'heat_map':
      checkSides([section.rows.count, section.columns.count], MAX_HEAT_MAP_SIDE, at);
      checkGrid({ rows: section.rows.count, columns: section.columns.count, values: section.values }, at);
      checkLabels(section, at);
      return;
    case 'facts':
      for (const item of section.items) checkText(item.title, `${at}: item ${item.key}`);
      return;
    case 'pictures':
      for (const item of section.items) {
        checkText(item.caption, `${at}: caption of ${item.key}`);
        checkSides([item.width, item.height], MAX_PICTURE_SIDE, `${at}: picture ${item.key}`);
        const size = item.width * item.height * item.channels;
        expect(
          atob(item.pixels).length === size,
          `${at}: picture ${item.key} must hold ${size} bytes, height × width × channels.`,
        );
        if (item.heat) {
          checkSides([item.heat.rows, item.heat.columns], MAX_PICTURE_SIDE, `${at}: heat of ${item.key}`);
          checkGrid(item.heat, `${at}: heat of ${item.key}`);
        }
      }
      return;
    case 'note':
      checkText(section.text, `${at}: text`);
  }
}

function checkGrid(grid: { rows: number; columns: number; values: (number | null)[] }, at: string): void {
  const { rows, columns, values } = grid;
  expect(
    values.length === rows * columns,
    `${at} has ${values.length} values for ${rows} rows and ${columns} columns.`,
  );
  checkNumbers(values, at);
}

function checkSides(sides: readonly number[], most: number, at: string): void {
  expect(
    sides.every((side) => Number.isInteger(side) && side >= 1 && side <= most),
    `${at} has sides of ${sides.join(' and ')}; they must be from 1 to ${most}.`,
  );
}

function checkLabels({ rows, columns }: HeatMapSection, at: string): void {
  for (const [name, { labels, count }] of Object.entries({ rows, columns })) {
    expect(
      labels.length === 0 || labels.length === count,
      `${at} has ${labels.length} labels for ${count} ${name}; give one for each, or none.`,
    );
    for (const label of labels) checkText(label, `${at}: a label of its ${name}`);
  }
}

function checkText(text: LocalizedText, at: string): void {
  const texts = typeof text === 'string' ? [text] : [text.en, text.tr];
  expect(
    texts.every((entry) => typeof entry === 'string' && entry.trim() !== ''),
    `${at} must not be empty, in English and in Turkish.`,
  );
}

function checkNumbers(values: readonly (number | null | undefined)[], at: string): void {
  expect(
    values.every((value) => value === null || (value !== undefined && Number.isFinite(value))),
    `${at} must hold finite numbers, or null where there is none.`,
  );
}
