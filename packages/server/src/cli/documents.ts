import { flagOf, settingNames, settingTable, variableOf } from '../setting-table.ts'
import { traceVariables } from '../trace-settings.ts'
import type { CommandSpec, OptionSpec } from './command.ts'
import { exitCodes, exitMeanings } from './exit.ts'
import { commands, optionsOf } from './program.ts'
import { flagSettings } from './store-call.ts'

const generated = '<!-- Made by `npm run generate` from the code. Do not edit. -->\n'
const cellOf = (text: string): string => text.replaceAll('|', '\\|')

function rows(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...lines.map(line)].join('\n')
}

/** docs/settings.md: the table of settings. */
export function settingsDocument(): string {
  const lines = settingNames.map((name) => {
    const { values, standard, meaning, secret } = settingTable[name]
    const variable = `\`${variableOf(name)}\``
    return [
      secret ? `${variable}, \`${variableOf(name)}_FILE\`` : variable,
      secret ? 'never a flag' : `\`${flagOf(name)}\``,
      values,
      standard,
      meaning,
    ]
  })
  return `${generated}
# Settings

A server is told by its environment, or by flags of the same names, which win. Secrets are never flags: an argument is seen by
every user of the machine. Each can be given as the path of a file instead, in \`…_FILE\`.
Wrong settings, and \`KEYWRIGHT_\` variables that are no setting, are all named at once, and the server does not start.

${rows(['Variable', 'Flag', 'Values', 'Default', 'Meaning'], lines)}

## Traces

Traces follow the variables of OpenTelemetry under their own names, as other programs do; empty ones count as absent. They are no flags, and no
\`KEYWRIGHT_\` variable stands for them. Those that are not listed are not followed.

${rows(
  ['Variable', 'Values', 'Default', 'Meaning'],
  traceVariables.map(({ name, values, standard, meaning }) => [
    name
      .split(', ')
      .map((each) => `\`${each}\``)
      .join(', '),
    values,
    standard,
    meaning,
  ]),
)}
`
}

const isSetting = ({ name }: OptionSpec): boolean => flagSettings.some((setting) => flagOf(setting) === `--${name}`)
const usageOf = (path: string, spec: CommandSpec): string =>
  [
    `keywright ${path}`,
    ...(spec.arguments ?? []).map(({ name, optional }) => (optional === true ? `[${name}]` : `<${name}>`)),
    '[options]',
  ].join(' ')

function section(path: string, spec: CommandSpec): string {
  const given = (spec.arguments ?? []).map(({ name, meaning, choices }) => [
    `\`<${name}>\``,
    `${meaning}${choices === undefined ? '' : ` (${choices.join(', ')})`}`,
  ])
  const own = optionsOf(spec).filter((option) => spec.server || !isSetting(option))
  const options = own.map(({ name, value, meaning, choices, many }) => [
    `\`--${name}${value === undefined ? '' : ` <${value}>`}\``,
    `${meaning}${choices === undefined ? '' : ` (${choices.join(', ')})`}${many === true ? '; can be repeated' : ''}`,
  ])
  const settings = (spec.options ?? [])
    .filter((option) => !spec.server && isSetting(option))
    .map(({ name }) => `\`--${name}\``)
  const more = spec.more === undefined ? '' : `\n${spec.more}\n`
  const flags =
    settings.length === 0 ? '' : `\nSettings as flags: ${settings.join(', ')}; see [settings](settings.md).\n`
  return `### ${path}

${spec.meaning[0]?.toUpperCase()}${spec.meaning.slice(1)}.

    ${usageOf(path, spec)}
${more}
${rows(['Argument or option', 'Meaning'], [...given, ...options])}
${flags}`
}

/** docs/cli.md: every command. */
export function cliDocument(): string {
  const sections = commands.map((entry) =>
    'commands' in entry
      ? `## ${entry.name}: ${entry.meaning}\n\n${entry.commands.map((spec) => section(`${entry.name} ${spec.name}`, spec)).join('\n')}`
      : section(entry.name, entry).replace(/^###/, '##'),
  )
  const codes = Object.entries(exitCodes).map(([name, code]) => [
    String(code),
    exitMeanings[name as keyof typeof exitMeanings],
  ])
  return `${generated}
# The command line

\`serve\`, \`doctor\`, \`migrate\`, \`move\`, \`backup\`, \`restore\`, \`events verify\`, \`events prune\`, \`events checkpoint\` and \`events export\` work on the store itself and take
[settings](settings.md). \`config check\` reads a file. The others speak HTTP to a server:

${rows(
  ['Variable', 'Meaning'],
  [
    ['`KEYWRIGHT_URL`', 'where the server is; default: http://127.0.0.1:3000'],
    ['`KEYWRIGHT_CREDENTIAL`', 'the credential'],
    ['`KEYWRIGHT_CREDENTIAL_FILE`', 'the path of a file that holds it'],
  ],
)}

Secrets are never arguments: they are read from the environment, a file or standard input. What is made known once goes to standard
output alone, everything else to standard error:

    SECRET=$(keywright keys create <account> --preset read-only)

## Exit codes

${rows(['Code', 'Meaning'], codes)}

${sections.join('\n')}`
}
