/** What a store that was restored has to be told of itself. */
export interface RestoreSchema {
  readonly restore_marks: RestoreMarkRow
}

/** One row (`id` 1) while a restore waits for an operator to confirm it; no key is accepted while it is there. */
export interface RestoreMarkRow {
  readonly id: number
  /** The last entry of the log that the backup holds. */
  readonly through: number
  /** When that entry was written. */
  readonly at_ms: number
}
