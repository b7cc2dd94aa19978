import type { Rate } from '@keywright/core'

/** One arrival that was counted, or given back, under a name. */
export interface Told {
  readonly name: string
  readonly rate: Rate
  readonly taken: boolean
}

/** How the processes that share a port tell each other what they counted; each hears it some moments later. */
export interface Gossip {
  tell(topic: string, told: Told): void
  /** One listener for each topic. */
  hear(topic: string, listener: (told: Told) => void): void
}
