/** One bar: what it stands for, its value, and the smallest and largest value that were measured. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly spread?: readonly [number, number]
}

/** A chart of horizontal bars. */
export interface Chart {
  readonly title: string
  readonly unit: string
  /** `log`: each step is ten times the one before. */
  readonly scale: 'linear' | 'log'
  readonly bars: readonly Bar[]
  /** Where the aim lies, and what it is called. */
  readonly aim?: { readonly value: number; readonly label: string }
}

const width = 840
const labelWidth = 360
const valueWidth = 90
const [top, rowHeight, barHeight, bottom] = [44, 30, 16, 34]
const plotWidth = width - labelWidth - valueWidth

const style = `
    text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 15px }
    .faint { fill: #59636e; font-size: 12px }
    .bar { fill: #2f6fdb }
    .spread { stroke: #1f2328; stroke-width: 1.5 }
    .grid { stroke: #d1d9e0; stroke-width: 1 }
    .aim { stroke: #b35900; stroke-width: 1.5; stroke-dasharray: 4 3 }
    .aim-label { fill: #b35900; font-size: 12px }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .faint { fill: #9198a1 }
      .bar { fill: #5b93f5 }
      .spread { stroke: #f0f6fc }
      .grid { stroke: #3d444d }
      .aim { stroke: #f0a04b }
      .aim-label { fill: #f0a04b }
    }`

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => escapes[sign] as string)
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, notation: 'compact' })
const rounded = (place: number): string => String(Math.round(place * 10) / 10)

interface Axis {
  readonly ticks: readonly number[]
  at(value: number): number
}

/** Draws a chart as an SVG document that needs nothing else and is readable on a light and on a dark page. */
export function drawChart({ title, unit, scale, bars, aim }: Chart): string {
  const all = bars.flatMap(({ value, spread }) => [value, ...(spread ?? [])])
  if (aim !== undefined) all.push(aim.value)
  const axis = scale === 'log' ? logAxis(all) : linearAxis(all)
  const height = top + bars.length * rowHeight + bottom
  const end = top + bars.length * rowHeight
  const grid = axis.ticks.map(
    (tick) =>
      `<line class="grid" x1="${rounded(axis.at(tick))}" y1="${top}" x2="${rounded(axis.at(tick))}" y2="${end}"/>` +
      `<text class="faint" text-anchor="middle" x="${rounded(axis.at(tick))}" y="${end + 16}">${short.format(tick)}</text>`,
  )
  const rows = bars.map((bar, index) => drawBar(bar, top + index * rowHeight, axis))
  const aimLine =
    aim === undefined
      ? []
      : [
          `<line class="aim" x1="${rounded(axis.at(aim.value))}" y1="${top - 6}" x2="${rounded(axis.at(aim.value))}" y2="${end}"/>`,
          `<text class="aim-label" text-anchor="middle" x="${rounded(axis.at(aim.value))}" y="${top - 9}">${escaped(aim.label)}</text>`,
        ]
  const text = bars.map(({ label, value }) => `${label}: ${short.format(value)} ${unit}`).join('; ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `  <title id="title">${escaped(title)}</title>`,
    `  <desc id="description">${escaped(text)}</desc>`,
    `  <style>${style}\n  </style>`,
    `  <text class="title" x="0" y="18">${escaped(title)}</text>`,
    ...[...grid, ...rows, ...aimLine].map((line) => `  ${line}`),
    `  <text class="faint" text-anchor="end" x="${width}" y="${height - 4}">${escaped(unit)}${scale === 'log' ? ', each step ten times the one before' : ''}</text>`,
    '</svg>',
    '',
  ].join('\n')
}

function drawBar({ label, value, spread }: Bar, y: number, axis: Axis): string {
  const middle = y + rowHeight / 2
  const start = axis.at(axis.ticks[0] as number)
  const whisker =
    spread === undefined
      ? ''
      : `<line class="spread" x1="${rounded(axis.at(spread[0]))}" y1="${middle}" x2="${rounded(axis.at(spread[1]))}" y2="${middle}"/>`
  const after = Math.max(axis.at(value), spread === undefined ? 0 : axis.at(spread[1])) + 6
  return (
    `<text text-anchor="end" x="${labelWidth - 10}" y="${middle + 4}">${escaped(label)}</text>` +
    `<rect class="bar" x="${rounded(start)}" y="${middle - barHeight / 2}" width="${rounded(Math.max(1, axis.at(value) - start))}" height="${barHeight}" rx="2"/>` +
    whisker +
    `<text x="${rounded(after)}" y="${middle + 4}">${short.format(value)}</text>`
  )
}

function linearAxis(values: readonly number[]): Axis {
  const most = Math.max(...values) || 1
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough) as number
  const count = Math.ceil(most / step - 1e-9)
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step)
  return { ticks, at: (value) => labelWidth + (value / (count * step)) * plotWidth }
}

function logAxis(values: readonly number[]): Axis {
  const positive = [...values.filter((value) => value > 0), ...(values.some((value) => value > 0) ? [] : [1])]
  const low = Math.floor(Math.log10(Math.min(...positive)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive)) - 1e-9))
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
  const at = (value: number) => labelWidth + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * plotWidth
  return { ticks, at }
}
