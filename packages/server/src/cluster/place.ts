import { type ResolvedConfig, validateConfig } from '@keywright/core'
import type { Start } from './wire.ts'
import type { WorkerLink } from './worker-link.ts'

/** What a server is given that is one of several processes on one port and one store. */
export interface Place extends Omit<Start, 'configSource' | 'pulse'> {
  readonly config: ResolvedConfig
  readonly link: WorkerLink
  readonly pulse: ReturnType<WorkerLink['pulseRelay']>
}

/** Takes a place among the workers of a primary; resolves when it says how to begin. */
export async function takePlace(link: WorkerLink): Promise<Place> {
  const { configSource, pulse, ...start } = await link.hello()
  const validation = validateConfig(configSource)
  if (!validation.ok) throw new Error('the primary sent a configuration that is none')
  return { ...start, config: validation.config, link, pulse: link.pulseRelay(pulse) }
}
