/** Why the program cannot start, in one sentence that says how to mend it. It never carries a secret. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
