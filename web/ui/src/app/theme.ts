/** Colours, type and sizes. Every pair used for text reaches WCAG AA in both schemes. */
import {
  Badge,
  Button,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Menu,
  Modal,
  Tooltip,
} from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eef5f7',
  '#d8e8ed',
  '#b3d2dc',
  '#8bbccb',
  '#68a6ba',
  '#4790a8',
  '#327d96',
  '#2a6b82',
  '#1f586c',
  '#17475a',
];

const gray: MantineColorsTuple = [
  '#f7f7f5',
  '#f1f1ee',
  '#e7e7e3',
  '#dcdcd7',
  '#c9cac6',
  '#6d747c',
  '#59616a',
  '#444b53',
  '#2e343a',
  '#1c2024',
];

const dark: MantineColorsTuple = [
  '#e5e7e9',
  '#c4cad0',
  '#a1abb5',
  '#8d98a3',
  '#3b424a',
  '#2d333a',
  '#22262b',
  '#1a1d21',
  '#141619',
  '#0e1012',
];

const fonts =
  '"Inter Variable", -apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", ' +
  '"Hiragino Sans GB", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", ' +
  '"Noto Sans SC", "Source Han Sans SC", sans-serif';

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  colors: { ink, gray, dark },
  black: '#1c2024',
  fontFamily: fonts,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.45', sm: '1.5', md: '1.55', lg: '1.6', xl: '1.6' },
  headings: {
    fontFamily: fonts,
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.35' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.45' },
    },
  },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '8px', lg: '12px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Badge: Badge.extend({
      defaultProps: { variant: 'light', radius: 'sm' },
      styles: { root: { textTransform: 'none', fontWeight: 560, letterSpacing: 0 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', withinPortal: true } }),
    Modal: Modal.extend({ defaultProps: { centered: true } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f7f5',
    '--zk-surface': '#ffffff',
    '--zk-surface-2': '#fbfbfa',
    '--zk-hover': '#f0f1ee',
    '--zk-border': '#e3e3de',
    '--zk-border-strong': '#cfd0cb',
    '--zk-canvas': '#ebebe7',
    '--zk-mark': '#ffe69a',
    '--zk-mark-ink': '#1c2024',
    '--zk-hit': 'rgb(255 196 0 / 38%)',
    '--zk-hit-active': 'rgb(255 140 0 / 45%)',
    '--zk-passage': 'rgb(31 88 108 / 9%)',
    '--zk-passage-line': '#1f586c',
    '--zk-accent': '#1f586c',
    '--zk-select': '#eaf3f6',
    '--zk-shadow': '0 1px 2px rgb(28 32 36 / 5%), 0 4px 16px rgb(28 32 36 / 6%)',
    '--zk-ok': '#216b3c',
    '--zk-warn': '#8a5200',
    '--zk-bad': '#b02a2a',
    '--zk-ok-bg': '#e6f3ea',
    '--zk-warn-bg': '#fdf1dc',
    '--zk-bad-bg': '#fbeaea',
    '--zk-info-bg': '#e7f1f5',
    '--mantine-color-error': '#b02a2a',
  },
  dark: {
    '--mantine-color-body': '#141619',
    '--zk-surface': '#1a1d21',
    '--zk-surface-2': '#17191d',
    '--zk-hover': '#22262b',
    '--zk-border': '#2b3036',
    '--zk-border-strong': '#3b424a',
    '--zk-canvas': '#0e1012',
    '--zk-mark': '#6b5310',
    '--zk-mark-ink': '#fff6dc',
    '--zk-hit': 'rgb(255 196 0 / 42%)',
    '--zk-hit-active': 'rgb(255 140 0 / 55%)',
    '--zk-passage': 'rgb(71 144 168 / 16%)',
    '--zk-passage-line': '#327d96',
    '--zk-accent': '#8bbccb',
    '--zk-select': '#1c2c33',
    '--zk-shadow': '0 1px 2px rgb(0 0 0 / 40%), 0 6px 20px rgb(0 0 0 / 35%)',
    '--zk-ok': '#7fcf9b',
    '--zk-warn': '#f0bd6a',
    '--zk-bad': '#f49a9a',
    '--zk-ok-bg': '#17291e',
    '--zk-warn-bg': '#2e2412',
    '--zk-bad-bg': '#321c1e',
    '--zk-info-bg': '#17262d',
    '--mantine-color-error': '#f49a9a',
  },
});
