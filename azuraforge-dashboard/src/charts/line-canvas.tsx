'use client';

import { useEffect, useRef } from 'react';
import { createChartEngine } from './engine.ts';
import type { ChartContent, ChartEngine } from './engine.ts';

interface LineCanvasProps {
  content: ChartContent;
  /** What the picture says, for people and tests that cannot see it. */
  summary: string;
  testId: string;
}

/** The canvas of a chart; the part of a chart that needs Chart.js, loaded on its own. */
export default function LineCanvas({ content, summary, testId }: LineCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const engine = useRef<ChartEngine | null>(null);
  const first = useRef(content);

  useEffect(() => {
    if (!canvas.current) return;
    engine.current = createChartEngine(canvas.current, first.current);
    return () => {
      engine.current?.destroy();
      engine.current = null;
    };
  }, []);

  useEffect(() => {
    first.current = content;
    engine.current?.show(content);
  }, [content]);

  // A canvas is drawn, so no `img` element can stand in for it; to assistive technology it is one picture.
  const picture = { role: 'img', 'aria-label': summary };
  return (
    <canvas
      {...picture}
      ref={canvas}
      data-testid={testId}
      data-points={content.labels.length}
      data-series={content.series.length}
    />
  );
}
