import { cpus, loadavg } from 'node:os';

/** Above this load others had a share of the processors. */
const QUIET = 1.5;

/** The results as Markdown, to be pasted as they are. */
export function markdownReport(results) {
  const [load] = loadavg();
  const rows = results.map(({ name, threads, batchSize, parameters, ours, theirs }) => {
    const ratios = theirs.map((seconds, round) => seconds / ours[round]);
    return [
      name,
      parameters.toLocaleString('en'),
      threads,
      milliseconds(ours),
      milliseconds(theirs),
      Math.round(batchSize / median(ours)).toLocaleString('en'),
      `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} – ${Math.max(...ratios).toFixed(2)})`,
    ];
  });
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, load average ${load.toFixed(2)}`,
    ...(load > results.at(-1).threads + QUIET
      ? ['**The machine was busy with other things: do not trust these times.**']
      : []),
    '',
    ...markdownTable(
      [
        'example',
        'parameters',
        'threads',
        'ms a step',
        "PyTorch's",
        'samples a second',
        "speed ÷ PyTorch's (lowest – highest round)",
      ],
      rows,
    ),
  ].join('\n');
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function milliseconds(seconds) {
  return (1000 * median(seconds)).toFixed(2);
}

function markdownTable(columns, rows) {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
