import { startChild } from './children.ts'
import { atMost, type Figure } from './measure.ts'

const bytesMax = 600

/** What one more key in memory costs: heap and arrays, after the collector has run; measured with 100,000 keys in a process of its own. */
export async function benchMemory(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [what, name] of [
    ['engine', 'memory per cached key without metadata, server'],
    ['sdk', 'memory per cached key without metadata, SDK'],
  ] as const) {
    const child = await startChild('./memory-run.ts', [what], ['--expose-gc'])
    figures.push(atMost(name, 'bytes', Number(child.message['bytes']), bytesMax))
    await child.stop()
  }
  return figures
}
