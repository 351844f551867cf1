// The results as Markdown, to be pasted as they are.
import { contestants, groups } from './contestants.mjs';
import { median, quantile, ratioOf } from './statistics.mjs';

/** Above this share of processors at other work, figures are not to be trusted. */
const QUIET_SHARE = 0.05;

/** Everything that was measured; `outcomes` holds for each work what `contest` gave, and its figures. */
export function markdownReport(machine, outcomes, sizes) {
  const results = outcomes.flatMap((outcome) => outcome.results);
  const busy = outcomes.flatMap((outcome) => outcome.busy);
  return [
    ...warnings(busy, results),
    ...machineLines(machine, busy, results),
    '',
    ...outcomes.flatMap((outcome) => [...workTable(outcome), '']),
    '### Figures to reach',
    '',
    ...figureTable(outcomes),
    '',
    `Minified and gzipped, the package is ${kilobytes(sizes.ours)} (to reach: at most 100 KB); jax-js is ${kilobytes(sizes.jax)}.`,
  ].join('\n');
}

function machineLines(machine, busy, results) {
  const adapters = new Map(
    results
      .filter(({ contestant, adapter }) => adapter !== undefined && !contestant.settings.compiled)
      .map(({ contestant, adapter }) => [labelOf(contestant), adapter]),
  );
  const { processor, cores, memoryGiB, system, node, v8, flags, vulkanDriver, loadAverage, notes } = machine;
  return [
    `Date: ${machine.date.slice(0, 16).replace('T', ' ')} UTC`,
    `Machine: ${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}`,
    `Node ${node} (V8 ${v8})${flags.length > 0 ? `, flags ${flags.join(' ')}` : ''}`,
    `Load average at the start ${loadAverage.toFixed(2)}; busy with other things between rounds: ${percent(median(busy))} of the processors in the median, at most ${percent(Math.max(...busy))}`,
    ...(vulkanDriver === null ? [] : [`VK_DRIVER_FILES: ${vulkanDriver}`]),
    ...[...adapters].map(([name, adapter]) => `${name}: ${adapter}`),
    ...notes,
  ].map((line) => `- ${line}`);
}

function warnings(busy, results) {
  const adapters = results
    .filter(({ contestant, adapter }) => contestant.group === 'webgpu' && adapter !== undefined)
    .map(({ adapter }) => adapter)
    .sort((a, b) => a.length - b.length);
  // Ours adds to the name of the adapter that it is software.
  const isOneAdapter = adapters.every((adapter) => adapter.includes(adapters[0]));
  return [
    ...(median(busy) < QUIET_SHARE
      ? []
      : ['**The machine was busy with other things: do not trust these times.**', '']),
    ...(isOneAdapter ? [] : ['**The WebGPU contestants ran on different adapters.**', '']),
  ];
}

/** One table for one work: a row for each contestant, by group, with its time as a multiple of our own. */
function workTable({ work, results }) {
  const hasRate = work.operations !== undefined;
  const columns = ['', 'on', 'median ms', 'quartiles', ...(hasRate ? ['GFLOP/s'] : []), 'time ÷ ours'];
  const rows = [];
  for (const [group, title] of Object.entries(groups)) {
    const members = results.filter(({ contestant }) => contestant.group === group);
    if (members.length === 0) continue;
    rows.push([`**${title}**`, ...columns.slice(1).map(() => '')]);
    const base = members.find(
      ({ contestant, rounds }) => contestant.library === 'azuraforge' && rounds.length > 0,
    );
    for (const member of members) rows.push(memberRow(member, base, hasRate));
  }
  return [`### ${work.title}`, '', ...markdownTable(columns, rows)];
}

function memberRow({ contestant, rounds, operations, reason }, base, hasRate) {
  const { name, note, isRateAlone } = contestant;
  if (rounds.length === 0) return [name, note, '–', `cannot: ${reason}`, ...(hasRate ? [''] : []), ''];
  const all = rounds.flat();
  const rate = operations / quantile(all, 0.5) / 1e6;
  const ratio = base === undefined ? '' : ratioOf(rounds, base.rounds).median.toFixed(2);
  return [
    name,
    note,
    isRateAlone ? '' : milliseconds(quantile(all, 0.5)),
    isRateAlone ? '' : `${milliseconds(quantile(all, 0.25))} – ${milliseconds(quantile(all, 0.75))}`,
    ...(hasRate ? [rate.toFixed(1)] : []),
    isRateAlone ? '' : ratio,
  ];
}

/** The figures that the package sets out to reach, with what was measured: eagerly and with the step captured. */
export function figuresOf(work, results) {
  const byId = new Map(results.map((result) => [result.contestant.id, result]));
  return work.figures.map(({ of, against, reach, atLeast }) => {
    const measured = ['', '-compiled'].map((suffix) => {
      const ours = byId.get(`${of}${suffix}`);
      const theirs = byId.get(`${against}${suffix}`) ?? byId.get(against);
      if (!ours?.rounds.length || !theirs?.rounds.length) return null;
      return ratioOf(perOperation(theirs), perOperation(ours));
    });
    return { work: work.name, of, against, reach, atLeast, eager: measured[0], compiled: measured[1] };
  });
}

function figureTable(outcomes) {
  const contestantOf = new Map(contestants.map((contestant) => [contestant.id, contestant]));
  const rows = outcomes.flatMap((outcome) => outcome.figures);
  return markdownTable(
    ['work', 'ours', 'against', 'to reach', 'speed ÷ theirs', 'with compile(step)'],
    rows.map(({ work, of, against, reach, atLeast, eager, compiled }) => [
      work,
      labelOf(contestantOf.get(of)),
      labelOf(contestantOf.get(against)),
      reach,
      figureCell(eager, atLeast),
      figureCell(compiled, atLeast),
    ]),
  );
}

function labelOf({ name, note }) {
  return `${name} ${note}`;
}

function perOperation({ rounds, operations }) {
  return rounds.map((round) => round.map((time) => time / operations));
}

function milliseconds(time) {
  return time >= 100 ? time.toFixed(0) : time.toFixed(1);
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`;
}

function percent(share) {
  return `${(share * 100).toFixed(0)} %`;
}

function figureCell(ratio, atLeast) {
  if (ratio === null) return '–';
  const [measured, low, high] = [ratio.median, ratio.low, ratio.high].map((number) => number.toFixed(2));
  return `${measured} (${low} – ${high}) ${ratio.median >= atLeast ? '✓' : '✗'}`;
}

function markdownTable(columns, rows) {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
