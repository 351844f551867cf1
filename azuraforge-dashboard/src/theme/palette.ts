export const SCHEMES = ['light', 'dark'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** The colours of the dashboard by what they are for; the style sheet, Ant Design and the charts share them. */
export interface Palette {
  page: string;
  surface: string;
  sunken: string;
  border: string;
  borderStrong: string;
  text: string;
  textMuted: string;
  textFaint: string;
  accent: string;
  accentHover: string;
  accentActive: string;
  accentSoft: string;
  onAccent: string;
  ember: string;
  good: string;
  goodSoft: string;
  warning: string;
  warningSoft: string;
  bad: string;
  badSoft: string;
  shadow: string;
  chartActual: string;
  chartNaive: string;
  chartSeasonal: string;
  chartOther: string;
  chartGrid: string;
}

export const palettes: Record<Scheme, Palette> = {
  light: {
    page: '#f6f7f9',
    surface: '#ffffff',
    sunken: '#f1f3f6',
    border: '#e4e7ec',
    borderStrong: '#cbd1da',
    text: '#12161d',
    textMuted: '#475060',
    textFaint: '#5f6a7d',
    accent: '#0a63d6',
    accentHover: '#0a56ba',
    accentActive: '#08499d',
    accentSoft: '#e9f2fe',
    onAccent: '#ffffff',
    ember: '#d4470c',
    good: '#0b7548',
    goodSoft: '#e5f5ed',
    warning: '#8f5a00',
    warningSoft: '#fdf3df',
    bad: '#bf2419',
    badSoft: '#fdecea',
    shadow: '0 1px 2px rgb(16 24 40 / 5%), 0 4px 16px rgb(16 24 40 / 4%)',
    chartActual: '#343d4b',
    chartNaive: '#b3781a',
    chartSeasonal: '#8458cc',
    chartOther: '#0c8585',
    chartGrid: '#eceff3',
  },
  dark: {
    page: '#0d1015',
    surface: '#151920',
    sunken: '#10141a',
    border: '#262c37',
    borderStrong: '#3c4554',
    text: '#e9ecf1',
    textMuted: '#aab3c0',
    textFaint: '#8d97a7',
    accent: '#5ca4ff',
    accentHover: '#7db7ff',
    accentActive: '#4593f2',
    accentSoft: '#14253c',
    onAccent: '#07111f',
    ember: '#ff8a4c',
    good: '#4fc78f',
    goodSoft: '#11291f',
    warning: '#e7b857',
    warningSoft: '#2b2312',
    bad: '#ff8177',
    badSoft: '#341b19',
    shadow: '0 1px 2px rgb(0 0 0 / 40%)',
    chartActual: '#c6cdd9',
    chartNaive: '#dba94a',
    chartSeasonal: '#b493f2',
    chartOther: '#4fc3c3',
    chartGrid: '#20262f',
  },
};

function variables(scheme: Scheme): string {
  const lines = Object.entries(palettes[scheme]).map(
    ([name, value]) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${value}`,
  );
  return `:root[data-theme='${scheme}']{color-scheme:${scheme};${lines.join(';')}}`;
}

/** The palettes as custom properties (`--accent-soft`), chosen by `data-theme` on the root element. */
export function paletteCss(): string {
  return SCHEMES.map(variables).join('');
}
