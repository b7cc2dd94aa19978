import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { redact } from '../log.ts'
import { StartError } from '../start-error.ts'
import { refuseSecrets } from './arguments.ts'
import type { Call, CommandSpec, GroupSpec, OptionSpec } from './command.ts'
import { accounts } from './commands/accounts.ts'
import { backup } from './commands/backup.ts'
import { config } from './commands/config.ts'
import { credentials } from './commands/credentials.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { keys } from './commands/keys.ts'
import { members } from './commands/members.ts'
import { migrate } from './commands/migrate.ts'
import { move } from './commands/move.ts'
import { restore } from './commands/restore.ts'
import { serve } from './commands/serve.ts'
import { CommandError, exitCodes, exitMeanings } from './exit.ts'
import { connect } from './http-client.ts'
import type { Terminal } from './terminal.ts'

/** The version of this package. */
export const version: string = manifest.version

/** Every command, in the order of the help. */
export const commands: readonly (CommandSpec | GroupSpec)[] = [
  serve,
  doctor,
  migrate,
  move,
  backup,
  restore,
  accounts,
  members,
  keys,
  credentials,
  events,
  config,
]

const credentialOption: OptionSpec = {
  name: 'credential-stdin',
  meaning: 'read the credential from standard input instead of KEYWRIGHT_CREDENTIAL',
}
const jsonOption: OptionSpec = { name: 'json', meaning: 'print JSON instead of text' }

/** The options of a command with those that all its kind have. */
export const optionsOf = (spec: CommandSpec): readonly OptionSpec[] => [
  ...(spec.options ?? []),
  jsonOption,
  ...(spec.server && spec.public !== true ? [credentialOption] : []),
]

/** Runs one command line to its end and answers the exit code. It never throws. */
export async function run(given: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.done
  try {
    refuseSecrets(given)
    const program = build(terminal, (result) => {
      code = result
    })
    await program.parseAsync(given, { from: 'user' })
    return code
  } catch (error) {
    return report(error, terminal)
  }
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof CommandError || error instanceof StartError) {
    terminal.tell(`${redact(error.message)}\n`)
    return error instanceof CommandError ? error.exitCode : exitCodes.refused
  }
  terminal.tell(
    `This is a defect of keywright; please report it.\n${redact(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
  )
  return exitCodes.bug
}

function build(terminal: Terminal, done: (code: number) => void): Command {
  const program = new Command('keywright')
    .description(
      'API keys for any product: issued once, checked on every request, limited, watched, rotated and retired.',
    )
    .version(version, '--version', 'print the version')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what can be written)')
    // What was typed wrongly may be half of a secret.
    .configureOutput({ writeOut: terminal.write, writeErr: (text) => terminal.tell(redact(text)) })
    .addHelpText('after', helpEnd)
  for (const entry of commands) {
    if (!('commands' in entry)) addCommand(program, entry, terminal, done)
    else {
      const group = program.command(entry.name).description(entry.meaning)
      for (const spec of entry.commands) addCommand(group, spec, terminal, done)
    }
  }
  return program
}

function addCommand(parent: Command, spec: CommandSpec, terminal: Terminal, done: (code: number) => void): void {
  const command = parent
    .command(spec.name)
    .description(spec.more === undefined ? spec.meaning : `${spec.meaning}\n\n${spec.more}`)
    .summary(spec.meaning)
  for (const each of spec.arguments ?? []) {
    const argument = new Argument(each.optional === true ? `[${each.name}]` : `<${each.name}>`, each.meaning)
    command.addArgument(each.choices === undefined ? argument : argument.choices(each.choices))
  }
  for (const each of optionsOf(spec)) {
    command.addOption(optionOf(each))
  }
  command.action(async () => {
    done((await spec.run(callOf(command, spec, terminal))) ?? exitCodes.done)
  })
}

function optionOf({ name, value, meaning, choices, many }: OptionSpec): Option {
  const option = new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, meaning)
  if (choices !== undefined) option.choices(choices)
  if (many !== true) return option
  // Given again, it adds to what was given before.
  return option.argParser((given: string, before: readonly string[] | undefined) => {
    if (choices !== undefined && !choices.includes(given))
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`)
    return [...(before ?? []), given]
  })
}

function callOf(command: Command, spec: CommandSpec, terminal: Terminal): Call {
  const names = (spec.arguments ?? []).map((each) => each.name)
  const known = optionsOf(spec).map((each) => each.name)
  const value = (name: string): unknown => {
    if (!known.includes(name)) throw new Error(`${spec.name} has no option ${name}`)
    return command.getOptionValue(name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()))
  }
  const option = (name: string): string | undefined => {
    const given = value(name)
    return typeof given === 'string' ? given : undefined
  }
  const optionalArgument = (name: string): string | undefined => command.args[names.indexOf(name)]
  return {
    terminal,
    json: value('json') === true,
    optionalArgument,
    argument: (name) => {
      const given = optionalArgument(name)
      if (given === undefined) throw new Error(`${spec.name} has no argument ${name}`)
      return given
    },
    option,
    options: (name) => {
      const given = value(name)
      return Array.isArray(given) ? given.filter((each): each is string => typeof each === 'string') : []
    },
    given: (name) => value(name) !== undefined,
    client: () =>
      connect(
        terminal,
        optionsOf(spec).includes(credentialOption) && value('credential-stdin') === true,
        spec.public !== true,
      ),
  }
}

/** The end of the help: variables of the client commands and the exit codes. */
const helpEnd = `
Commands about the store (serve, doctor, migrate, move, backup, restore, events verify, events prune,
events checkpoint, events export) take the settings KEYWRIGHT_… or the flags of the same names; see docs/settings.md.
The others speak to a server:
  KEYWRIGHT_URL              where it is (default: http://127.0.0.1:3000)
  KEYWRIGHT_CREDENTIAL       an operator credential; or a file's path in KEYWRIGHT_CREDENTIAL_FILE, or --credential-stdin

Secrets are never arguments. What a command makes known once, it prints alone on standard output:
  SECRET=$(keywright keys create <account> --preset read-only)

Exit codes:
${Object.entries(exitCodes)
  .map(([name, code]) => `  ${String(code).padEnd(4)} ${exitMeanings[name as keyof typeof exitMeanings]}`)
  .join('\n')}`
