import { cpus, loadavg, release, type as systemName, totalmem } from 'node:os'

/** What figures were measured on. */
export interface Machine {
  readonly model: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly sqlite: string
  /** Processes that wanted to run, averaged over the minute before the first figure: above 0.5 others were at work. */
  readonly loadBefore: number
}

/** The machine as it is now. */
export const machineNow = (): Machine => ({
  model: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 2 ** 30),
  system: `${systemName()} ${release()}`,
  node: process.version,
  sqlite: process.versions['sqlite'] ?? 'unknown',
  loadBefore: Math.round((loadavg()[0] ?? Number.NaN) * 100) / 100,
})
