import {
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { ChartConfiguration, ChartDataset, Plugin } from 'chart.js';
import type { Formats } from '../i18n/format.ts';
import type { Palette } from '../theme/palette.ts';
import { lineLooks, spansYears } from './series.ts';
import type { Marker, Series } from './series.ts';

type LineChart = Chart<'line', (number | null)[], string>;
type LineDataset = ChartDataset<'line', (number | null)[]> & { key: string };

/** Everything that decides what a chart shows at one moment. */
export interface ChartContent {
  labels: string[];
  series: Series[];
  hidden: ReadonlySet<string>;
  markers: Marker[];
  scale: 'linear' | 'logarithmic';
  unit: string | null;
  /** Text above the values of a point. */
  labelText(label: string): string;
  palette: Palette;
  formats: Formats;
  fontFamily: string;
}

export interface ChartEngine {
  /** Redraws in place: the canvas, the chart and its lines stay the same objects. */
  show(content: ChartContent): void;
  destroy(): void;
}

const TICK_FONT_SIZE = 11;
/** Lines of few points show each of them. */
const MAX_DOTS = 40;

function drawMarkers(chart: LineChart, content: ChartContent): void {
  const { ctx, chartArea, scales } = chart;
  const axis = scales.x;
  if (!axis) return;
  for (const marker of content.markers) {
    const x = axis.getPixelForValue(marker.index);
    if (!Number.isFinite(x) || x < chartArea.left - 1 || x > chartArea.right + 1) continue;
    const color = marker.kind === 'point' ? content.palette.ember : content.palette.textFaint;
    ctx.save();
    if (marker.kind === 'region') {
      ctx.globalAlpha = 0.06;
      ctx.fillStyle = content.palette.accent;
      ctx.fillRect(x, chartArea.top, chartArea.right - x, chartArea.bottom - chartArea.top);
      ctx.globalAlpha = 1;
    }
    ctx.strokeStyle = color;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.font = `550 ${TICK_FONT_SIZE}px ${content.fontFamily}`;
    ctx.fillStyle = color;
    ctx.textBaseline = 'bottom';
    const width = ctx.measureText(marker.text).width;
    const fitsRight = x + 6 + width <= chartArea.right;
    ctx.textAlign = fitsRight ? 'left' : 'right';
    ctx.fillText(marker.text, fitsRight ? x : x + 1, chartArea.top - 5);
    ctx.restore();
  }
}

function drawCrosshair(chart: LineChart, content: ChartContent): void {
  const active = chart.getActiveElements()[0];
  if (!active) return;
  const { ctx, chartArea } = chart;
  ctx.save();
  ctx.strokeStyle = content.palette.borderStrong;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(active.element.x, chartArea.top);
  ctx.lineTo(active.element.x, chartArea.bottom);
  ctx.stroke();
  ctx.restore();
}

function syncDatasets(chart: LineChart, content: ChartContent): void {
  const known = new Map((chart.data.datasets as LineDataset[]).map((dataset) => [dataset.key, dataset]));
  const looks = lineLooks(content.series, content.palette);
  chart.data.datasets = content.series.map((series, index): LineDataset => {
    const look = looks[index] ?? { color: content.palette.chartOther, dash: [], width: 1.5 };
    const points = series.values.reduce<number>((count, value) => count + (value === null ? 0 : 1), 0);
    const dataset = known.get(series.key) ?? { key: series.key, data: [] };
    return Object.assign(dataset, {
      label: series.name,
      data: series.values,
      hidden: content.hidden.has(series.key),
      borderColor: look.color,
      backgroundColor: look.color,
      borderDash: look.dash,
      borderWidth: look.width,
      pointRadius: points <= MAX_DOTS && look.dash.length === 0 ? 2.5 : 0,
      // Dots at the edges are drawn whole.
      clip: 8,
      pointHoverRadius: 4,
      pointHoverBorderWidth: 2,
      pointHoverBorderColor: content.palette.surface,
      tension: 0,
    });
  });
}

function syncOptions(chart: LineChart, content: ChartContent): void {
  const { palette, formats } = content;
  const font = { family: content.fontFamily, size: TICK_FONT_SIZE };
  const overYears = spansYears(content.labels);
  chart.options = {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'index', intersect: false },
    layout: { padding: { top: content.markers.length > 0 ? 20 : 6, right: 6 } },
    scales: {
      x: {
        type: 'category',
        border: { color: palette.borderStrong },
        grid: { display: false },
        ticks: {
          font,
          color: palette.textFaint,
          maxRotation: 0,
          autoSkip: true,
          autoSkipPadding: 24,
          callback: (_value, index) => formats.tick(content.labels[index] ?? '', overYears),
        },
      },
      y: {
        type: content.scale,
        border: { display: false },
        grid: { color: palette.chartGrid, tickLength: 0 },
        ticks: {
          font,
          color: palette.textFaint,
          padding: 8,
          maxTicksLimit: 6,
          callback: (value) => formats.value(Number(value)),
        },
      },
    },
    plugins: {
      tooltip: {
        animation: false,
        backgroundColor: palette.surface,
        borderColor: palette.borderStrong,
        borderWidth: 1,
        cornerRadius: 8,
        padding: 10,
        titleColor: palette.text,
        bodyColor: palette.textMuted,
        titleFont: { ...font, size: 12, weight: 600 },
        bodyFont: { ...font, size: 12 },
        boxWidth: 8,
        boxHeight: 8,
        boxPadding: 5,
        usePointStyle: true,
        filter: (item) => item.parsed.y !== null,
        callbacks: {
          title: (items) => content.labelText(content.labels[items[0]?.dataIndex ?? -1] ?? ''),
          label: (item) => {
            const value = formats.value(Number(item.parsed.y));
            return `${item.dataset.label ?? ''}: ${value}${content.unit ? ` ${content.unit}` : ''}`;
          },
        },
      },
    },
  };
}

/** Draws lines on a canvas with Chart.js; one engine lives as long as its canvas. */
export function createChartEngine(canvas: HTMLCanvasElement, first: ChartContent): ChartEngine {
  Chart.register(
    CategoryScale,
    LinearScale,
    LineController,
    LineElement,
    LogarithmicScale,
    PointElement,
    Tooltip,
  );
  let content = first;
  const decorations: Plugin<'line'> = {
    id: 'azuraforge-decorations',
    beforeDatasetsDraw: (chart) => drawCrosshair(chart as LineChart, content),
    afterDatasetsDraw: (chart) => drawMarkers(chart as LineChart, content),
  };
  const configuration: ChartConfiguration<'line', (number | null)[], string> = {
    type: 'line',
    data: { labels: [], datasets: [] },
    options: { animation: false, responsive: true, maintainAspectRatio: false },
    plugins: [decorations],
  };
  const chart: LineChart = new Chart(canvas, configuration);

  let styledFor: Omit<ChartContent, 'series' | 'hidden'> | null = null;
  function show(next: ChartContent): void {
    content = next;
    chart.data.labels = next.labels;
    syncDatasets(chart, next);
    // Options are resolved anew by Chart.js, which costs more than new data; labels belong to them by the axis.
    const restyle =
      styledFor === null ||
      styledFor.palette !== next.palette ||
      styledFor.formats !== next.formats ||
      styledFor.scale !== next.scale ||
      styledFor.unit !== next.unit ||
      styledFor.labels !== next.labels ||
      styledFor.markers.length !== next.markers.length;
    if (restyle) {
      syncOptions(chart, next);
      styledFor = next;
    }
    // Not `update('none')`: that leaves dots as they were when they were first drawn. Animation is off anyway.
    chart.update();
  }

  show(first);
  return { show, destroy: () => chart.destroy() };
}
