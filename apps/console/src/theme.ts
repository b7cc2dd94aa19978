import {
  Alert,
  Anchor,
  Badge,
  Button,
  type CSSVariablesResolver,
  createTheme,
  Input,
  Menu,
  Modal,
  Paper,
  Portal,
  Table,
  Tooltip,
} from '@mantine/core'

/** One accent, hairlines, Inter at 14/20 and JetBrains Mono for keys; contrasts of AA in light and dark. */
export const theme = createTheme({
  primaryColor: 'indigo',
  // The dark page is a cool near-black: text, lines and raised surfaces are of the same hue.
  colors: {
    dark: [
      '#dfe1e7',
      '#b4b8c3',
      '#8d929f',
      '#6a6f7c',
      '#3a3d48',
      '#282b33',
      '#1b1d23',
      '#17191e',
      '#131418',
      '#0e0f12',
    ],
  },
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.43', lg: '1.5', xl: '1.4' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  respectReducedMotion: true,
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
    Badge: Badge.extend({ defaultProps: { variant: 'dot', radius: 'sm', tt: 'none', fw: 500 } }),
    InputWrapper: Input.Wrapper.extend({ styles: { description: { fontSize: 13 }, error: { fontSize: 13 } } }),
    Input: Input.extend({ defaultProps: { size: 'sm' } }),
    // Without it the list lacks the children that its role requires.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md', position: 'bottom-end' } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: 'lg', transitionProps: { duration: 150 } } }),
    // Menus and dialogs lie in a landmark of their own.
    Portal: Portal.extend({ defaultProps: { target: '#overlays' } }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, radius: 'lg' } }),
    Alert: Alert.extend({
      defaultProps: { variant: 'outline' },
      styles: { title: { color: 'var(--mantine-color-text)' } },
    }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 10, horizontalSpacing: 'sm' } }),
    Tooltip: Tooltip.extend({
      defaultProps: { withArrow: true, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    }),
  },
})

/** Dimmed text and placeholders that keep 4.5:1 in both themes. */
export const cssVariables: CSSVariablesResolver = (resolved) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': resolved.colors['gray']?.[7] ?? '#495057',
    '--mantine-color-placeholder': resolved.colors['gray']?.[7] ?? '#495057',
    '--mantine-color-error': resolved.colors['red']?.[9] ?? '#c92a2a',
    '--mantine-color-body': '#ffffff',
    '--keywright-line': '#e4e6eb',
    '--keywright-tint': '#f7f8fa',
  },
  dark: {
    '--mantine-color-dimmed': resolved.colors['dark']?.[1] ?? '#b8b8b8',
    '--mantine-color-placeholder': resolved.colors['dark']?.[1] ?? '#b8b8b8',
    '--mantine-color-error': resolved.colors['red']?.[4] ?? '#ff8787',
    '--mantine-color-body': '#131418',
    '--keywright-line': '#2b2d35',
    '--keywright-tint': '#1b1d23',
  },
})
