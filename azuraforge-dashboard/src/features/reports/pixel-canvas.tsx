'use client';

import { useEffect, useRef } from 'react';
import type { CSSProperties } from 'react';

interface PixelCanvasProps {
  /** Red, green, blue and opacity of each pixel, row after row. */
  colors: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
  /** What is seen, for those who do not see it; without it the canvas is decoration. */
  label?: string;
  className: string | undefined;
  style?: CSSProperties;
}

/** Painted pixel by pixel: a report comes from a plugin, whose bytes no decoder of images should see. */
export function PixelCanvas({ colors, width, height, label, ...looks }: PixelCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(colors, width, height), 0, 0);
  }, [colors, width, height]);
  // A canvas is drawn, so no `img` element can stand in for it; to assistive technology it is one picture.
  const meaning = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return <canvas {...looks} {...meaning} ref={canvas} width={width} height={height} />;
}
