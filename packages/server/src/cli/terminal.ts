/** What a command knows of the process that it runs in, so that tests can give it another. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The working folder. */
  readonly folder: string
  /** Standard output: results alone. */
  readonly write: (text: string) => void
  /** Standard error: everything else. */
  readonly tell: (text: string) => void
  /** Whether standard error is a terminal that a person looks at. */
  readonly watched: boolean
  /** All of standard input. */
  readonly readInput: () => Promise<string>
  /** Resolves at the first signal to stop; a second one ends the process at once. */
  readonly stopSignal: () => Promise<string>
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** npm passes Ctrl-C on to a program that the terminal has told already: under npm, signals so near to each other are one. */
const sameSignalMs = process.env['npm_lifecycle_event'] === undefined ? 0 : 500

const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    let askedAtMs: number | undefined
    const stop = (signal: NodeJS.Signals) => {
      const nowMs = performance.now()
      if (askedAtMs !== undefined && nowMs - askedAtMs > sameSignalMs) process.exit(130)
      askedAtMs ??= nowMs
      resolve(signal)
    }
    for (const signal of signals) process.on(signal, stop)
  })

async function readInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // A reader that has seen enough (`keywright keys list … | head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  }
  return {
    environment: process.env,
    folder: process.cwd(),
    write: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
    watched: process.stderr.isTTY === true,
    readInput,
    stopSignal,
  }
}
