import type { Client } from './http-client.ts'
import type { Terminal } from './terminal.ts'

/** One option; its name is the long flag without its dashes. A `value` makes it take one. */
export interface OptionSpec {
  readonly name: string
  /** What the value is called in the help, such as `time`; absent: the option is a switch. */
  readonly value?: string
  readonly meaning: string
  /** Can be given more than once. */
  readonly many?: boolean
  readonly choices?: readonly string[]
}

export interface ArgumentSpec {
  readonly name: string
  readonly meaning: string
  readonly optional?: boolean
  readonly choices?: readonly string[]
}

/** One command as help, documentation and the parser see it. `server`: it speaks HTTP to a server and needs a credential. */
export interface CommandSpec {
  readonly name: string
  readonly meaning: string
  readonly more?: string
  readonly server: boolean
  /** The server answers it to anybody. */
  readonly public?: boolean
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Resolves with an exit code, or nothing for 0. */
  readonly run: (call: Call) => Promise<number | undefined>
}

/** Commands about one resource. */
export interface GroupSpec {
  readonly name: string
  readonly meaning: string
  readonly commands: readonly CommandSpec[]
}

/** One call of a command: what was given, and where its answer goes. */
export interface Call {
  readonly terminal: Terminal
  readonly json: boolean
  /** An argument that the command requires. */
  readonly argument: (name: string) => string
  readonly optionalArgument: (name: string) => string | undefined
  readonly option: (name: string) => string | undefined
  readonly options: (name: string) => readonly string[]
  readonly given: (name: string) => boolean
  /** The server that this call speaks to. */
  readonly client: () => Promise<Client>
}
