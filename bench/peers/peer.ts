/** A library that checks keys, set up as its users would, with keys that it accepts. */
export interface Peer {
  readonly name: string
  readonly keys: readonly string[]
  /** Checks one key of its own; rejects where that is refused. */
  check(key: string): void | Promise<void>
  close(): Promise<void>
}

/** How many keys each peer has. */
export const peerKeys = 10_000
