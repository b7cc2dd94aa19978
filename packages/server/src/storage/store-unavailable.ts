/** The database cannot be reached, or does not answer in time; the same request may succeed a moment later. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'

  constructor(cause: unknown) {
    super(`the database cannot be used at the moment: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}
