import { describe, expect, test } from 'vitest'
import { distributionOf, type Result } from '../bench/measure.ts'
import type { PartResults } from '../bench/report.ts'
import { type Chart, drawChart } from './benchmarks-chart.ts'
import { benchmarkCharts, benchmarksDocument } from './benchmarks-document.ts'
import { benchmarkFiles } from './benchmarks-files.ts'
import { staleFiles } from './generated.ts'

const machine = {
  model: 'A processor',
  cores: 2,
  memoryGib: 8,
  system: 'Linux 6',
  node: 'v24.0.0',
  sqlite: '3.53',
  loadBefore: 0.1,
}

const keptOf = (part: string, results: readonly Result[], loadBefore = 0.1): ReadonlyMap<string, PartResults> =>
  new Map([[part, { part, at: '2026-11-20T10:00:00.000Z', machine: { ...machine, loadBefore }, results }]])

const hit: Result = {
  name: 'hit, 100,000 keys',
  unit: 'checks/s',
  floor: 1_000_000,
  subject: 650_000,
  ratio: 0.65,
  spread: [0.6, 0.7],
  aim: '≥ 0.6',
  met: true,
}

const chart: Chart = {
  title: 'Checks & <answers>',
  unit: 'ms',
  scale: 'linear',
  bars: [
    { label: 'one', value: 50 },
    { label: 'two', value: 100, spread: [80, 120] },
  ],
}

const numbersOf = (svg: string, pattern: RegExp): number[] =>
  [...svg.matchAll(pattern)].map((match) => Number(match[1]))

describe('a chart', () => {
  test('has bars as long as their values, and tells them in words as well', () => {
    const svg = drawChart(chart)
    const [one = 0, two = 0] = numbersOf(svg, /<rect class="bar"[^>]* width="([\d.]+)"/g)
    expect(two / one).toBeCloseTo(2, 1)
    expect(svg).toContain('one: 50 ms; two: 100 ms')
  })

  test('on a logarithmic scale every tenfold is as long', () => {
    const bars = [1, 10, 100].map((value) => ({ label: String(value), value }))
    const widths = numbersOf(drawChart({ ...chart, scale: 'log', bars }), /<rect class="bar"[^>]* width="([\d.]+)"/g)
    expect((widths[2] as number) - (widths[1] as number)).toBeCloseTo((widths[1] as number) - (widths[0] as number), -1)
  })

  test('is well-formed whatever its texts, and readable on a dark page', () => {
    const svg = drawChart(chart)
    expect(svg).toContain('Checks &amp; &lt;answers&gt;')
    expect(svg).not.toMatch(/<answers>/)
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('keeps every bar, spread and aim inside, also where all values are 0', () => {
    for (const value of [0, 0.4, 7, 1_234_567]) {
      const svg = drawChart({ ...chart, bars: [{ label: 'only', value }], aim: { value: value * 1.5, label: 'aim' } })
      for (const x of numbersOf(svg, /x[12]?="([\d.]+)"/g)) expect(x).toBeLessThanOrEqual(840)
      expect(svg).not.toMatch(/NaN|Infinity/)
    }
  })
})

describe('the document', () => {
  test('lists what misses its aim before anything else', () => {
    const missed: Result = { ...hit, ratio: 0.4, met: false }
    const text = benchmarksDocument(keptOf('engine', [missed]))
    expect(text.indexOf('- hit, 100,000 keys: aim ≥ 0.6, seen 0.4')).toBeGreaterThan(0)
    expect(text.indexOf('seen 0.4')).toBeLessThan(text.indexOf('## The engine in process'))
    expect(text).toContain('**missed**')
    expect(benchmarksDocument(keptOf('engine', [hit]))).toContain('Nothing: all 1 aims are met.')
  })

  test('shows each kind of result with what was seen, its spread and its aim', () => {
    expect(benchmarksDocument(keptOf('engine', [hit]))).toContain(
      '| hit, 100,000 keys | 650,000 checks/s | 1,000,000 | 0.65 (0.6 to 0.7) | ≥ 0.6 | met |',
    )
    const lags = distributionOf({ name: 'lag', unit: 'ms', aim: { of: 'max', bound: 50 } }, [1, 2, 40])
    expect(benchmarksDocument(keptOf('revocation-lag', [lags]))).toContain(
      '| lag | 3 | 2 ms | 40 ms | 40 ms | max ≤ 50 ms | met |',
    )
  })

  test('says where the machine was busy', () => {
    expect(benchmarksDocument(keptOf('engine', [hit], 3.2))).toContain('3.2 (busy)')
    expect(benchmarksDocument(keptOf('engine', [hit], 0.2))).not.toContain('(busy)')
  })

  test('shows every chart that is drawn, and no section without results', () => {
    const kept = keptOf('engine', [hit])
    const text = benchmarksDocument(kept)
    for (const name of benchmarkCharts(kept).keys()) expect(text).toContain(`(benchmarks/${name}.svg)`)
    expect(text).not.toContain('## Peers')
  })

  test('is committed as the kept results make it: run `npm run benchmarks`', async () => {
    expect(await staleFiles(benchmarkFiles())).toEqual([])
  })
})
