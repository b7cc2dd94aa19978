import { benchmarkCharts, benchmarksDocument, keptResults } from './benchmarks-document.ts'
import type { GeneratedFile } from './generated.ts'

/** The document of the benchmarks and its charts, as the kept results make them. */
export function benchmarkFiles(kept = keptResults()): readonly GeneratedFile[] {
  const charts = [...benchmarkCharts(kept)].map(([name, chart]) => ({
    path: `docs/benchmarks/${name}.svg`,
    produce: async () => chart,
  }))
  return [{ path: 'docs/benchmarks.md', produce: async () => benchmarksDocument(kept) }, ...charts]
}
