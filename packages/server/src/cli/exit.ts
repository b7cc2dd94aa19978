/** What each exit code of the command line says. */
export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  bug: 70,
} as const

/** The meaning of each exit code, for `--help` and docs/cli.md. */
export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  refused: 'refused, not found, found faulty, or not able to start',
  usage: 'the command line is wrong; nothing was done',
  unreachable: 'the server cannot be reached, or cannot answer at the moment',
  unauthorized: 'the credential is missing, not accepted, or may not do this',
  bug: 'a defect of this program',
}

/** A failure that the person at the terminal is told in plain lines, with the exit code that programs read. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A wrong command line, with what to write instead. */
export const usageError = (message: string): CommandError => new CommandError(exitCodes.usage, message)
