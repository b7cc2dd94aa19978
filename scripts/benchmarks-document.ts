import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../bench/measure.ts'
import type { PartResults } from '../bench/report.ts'
import { drawChart } from './benchmarks-chart.ts'
import { type Section, sections } from './benchmarks-sections.ts'
import { aimOf, isComparison, isDistribution, number, table, tablesOf } from './benchmarks-tables.ts'
import { repository } from './run.ts'

/** The kept results of every part, by its name. */
export function keptResults(folder = join(repository, 'bench/results')): ReadonlyMap<string, PartResults> {
  const kept = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as PartResults)
  return new Map(kept.map((each) => [each.part, each]))
}

const resultsOf = (kept: ReadonlyMap<string, PartResults>, { parts }: Section): readonly Result[] =>
  parts.flatMap((part) => kept.get(part)?.results ?? [])

/** Every chart of the document by the name of its file. */
export function benchmarkCharts(kept: ReadonlyMap<string, PartResults>): ReadonlyMap<string, string> {
  const drawn = sections.flatMap((section) => {
    const results = resultsOf(kept, section)
    return results.length === 0 ? [] : (section.charts?.(results) ?? [])
  })
  return new Map(drawn.map(([name, chart]) => [name, drawChart(chart)]))
}

/** The whole document, made of the kept results. */
export function benchmarksDocument(kept: ReadonlyMap<string, PartResults>): string {
  const shown = sections.filter((section) => resultsOf(kept, section).length > 0)
  return `${[head, missesOf(kept), ...shown.map((section) => sectionOf(section, kept)), machinesOf(kept)].join('\n\n')}\n`
}

const head = `# Benchmarks

Made by \`npm run benchmarks\` from \`bench/results/\`; do not edit. \`npm run bench\` measures everything anew (an hour, more on a busy machine), \`npm run bench -- engine peers\` the parts that
are named: each part keeps its results in a file of its own.

**Method.** What is compared runs side by side in one run, in rounds that take turns; the first round warms up and is left out. A ratio is the median of the ratios of the rounds, its spread the
smallest and the largest of them. Only ratios carry over to other machines. Aims are the project's own; what misses one is listed first.`

function missesOf(kept: ReadonlyMap<string, PartResults>): string {
  const results = [...kept.values()].flatMap((part) => part.results)
  const missed = results.filter(({ met }) => met === false)
  const aimed = results.filter(({ met }) => met !== null).length
  const lines = missed.map((result) => `- ${result.name}: aim ${aimOf(result)}, seen ${seenOf(result)}`)
  return [
    '## What misses its aim',
    missed.length === 0 ? `Nothing: all ${aimed} aims are met.` : lines.join('\n'),
  ].join('\n\n')
}

const seenOf = (result: Result): string => {
  if (isComparison(result)) return number.format(result.ratio)
  if (isDistribution(result)) return `p99 ${number.format(result.p99)}, max ${number.format(result.max)} ${result.unit}`
  return `${number.format(result.value)} ${result.unit}`
}

function sectionOf(section: Section, kept: ReadonlyMap<string, PartResults>): string {
  const results = resultsOf(kept, section)
  const charts = (section.charts?.(results) ?? []).map(([name, { title }]) => `![${title}](benchmarks/${name}.svg)`)
  return [`## ${section.title}`, section.text, ...charts, tablesOf(results)].join('\n\n')
}

const busyLoad = 0.5

function machinesOf(kept: ReadonlyMap<string, PartResults>): string {
  const rows = [...kept.values()].map(({ part, at, machine }) => [
    part,
    at.slice(0, 16).replace('T', ' '),
    `${machine.model}, ${machine.cores} cores, ${machine.memoryGib} GiB`,
    `${machine.system}, Node ${machine.node.slice(1)}, SQLite ${machine.sqlite}`,
    `${number.format(machine.loadBefore)}${machine.loadBefore > busyLoad ? ' (busy)' : ''}`,
  ])
  return [
    '## Machines',
    'When each part was measured (UTC), and how many processes wanted to run just before: where others were at work, figures in time are worse than they need to be, and spreads wider.',
    table(['part', 'when', 'machine', 'software', 'load before'], rows),
  ].join('\n\n')
}
