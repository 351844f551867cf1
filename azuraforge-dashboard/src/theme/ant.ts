import { theme } from 'antd';
import type { ThemeConfig } from 'antd';
import { palettes } from './palette.ts';
import type { Palette, Scheme } from './palette.ts';

export const FONT_FAMILY =
  "'Inter Variable', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
export const MONO_FAMILY = "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace";

/** The seeds themselves: an algorithm darkens them on a dark ground, and they cannot be set as tokens. */
function seedColors(palette: Palette) {
  return {
    colorPrimary: palette.accent,
    colorLink: palette.accent,
    colorError: palette.bad,
    colorInfo: palette.accent,
    colorSuccess: palette.good,
    colorWarning: palette.warning,
  };
}

/** Ant Design in the colours and measures of the dashboard. */
export function antTheme(scheme: Scheme): ThemeConfig {
  const palette = palettes[scheme];
  const base = scheme === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm;
  return {
    algorithm: [base, (_seed, map) => ({ ...(map ?? base(theme.defaultSeed)), ...seedColors(palette) })],
    token: {
      fontFamily: FONT_FAMILY,
      fontFamilyCode: MONO_FAMILY,
      fontSize: 14,
      borderRadius: 8,
      controlHeight: 38,
      wireframe: false,
      colorPrimaryHover: palette.accentHover,
      colorPrimaryActive: palette.accentActive,
      colorPrimaryText: palette.accent,
      colorPrimaryBg: palette.accentSoft,
      controlItemBgActive: palette.accentSoft,
      colorLinkHover: palette.accentHover,
      colorErrorHover: palette.bad,
      colorErrorText: palette.bad,
      colorErrorBg: palette.badSoft,
      colorInfoBg: palette.accentSoft,
      colorText: palette.text,
      colorTextSecondary: palette.textMuted,
      colorTextDescription: palette.textMuted,
      colorTextPlaceholder: palette.textFaint,
      colorBgLayout: palette.page,
      colorBgContainer: palette.surface,
      colorBgElevated: palette.surface,
      colorBorder: palette.borderStrong,
      colorBorderSecondary: palette.border,
      colorSplit: palette.border,
    },
    components: {
      Button: {
        primaryColor: palette.onAccent,
        dangerColor: scheme === 'dark' ? palette.onAccent : '#fff',
        primaryShadow: 'none',
        defaultShadow: 'none',
        dangerShadow: 'none',
        fontWeight: 550,
      },
      Segmented: {
        trackBg: palette.sunken,
        itemSelectedBg: scheme === 'dark' ? palette.border : palette.surface,
        trackPadding: 3,
      },
      Tabs: { horizontalItemGutter: 28, titleFontSize: 14, itemColor: palette.textMuted },
      Tooltip: { colorBgSpotlight: scheme === 'dark' ? '#2a313d' : '#1b212b' },
    },
  };
}
