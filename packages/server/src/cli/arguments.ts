import { isKeyText } from '@keywright/core'
import { flagOf, settingNames, settingTable, variableOf } from '../setting-table.ts'
import { usageError } from './exit.ts'

const secretFlags = [
  ...settingNames
    .filter((name) => flagOf(name) === null)
    .map((name) => `--${settingTable[name].name.toLowerCase().replaceAll('_', '-')}`),
  '--credential',
  '--secret',
  '--token',
]

/** Refuses a command line that carries a secret, before anything can repeat it: arguments are seen by every user of the machine and kept by shells. */
export function refuseSecrets(given: readonly string[]): void {
  for (const argument of given) {
    const flag = argument.split('=')[0] as string
    if (secretFlags.includes(flag)) {
      throw usageError(
        `${flag} is no option: a secret is never an argument, which other users of the machine and the shell's history see. ${instead(flag)}`,
      )
    }
    if (argument.split(/[^A-Za-z0-9_]/).some(isKeyText)) {
      throw usageError(
        'An argument is the text of a key or credential. Other users of the machine and the history of the shell see it: treat it as leaked and revoke it. Pass secrets in the environment or on standard input; see --help.',
      )
    }
  }
}

function instead(flag: string): string {
  const setting = settingNames.find(
    (name) => settingTable[name].name === flag.slice(2).toUpperCase().replaceAll('-', '_'),
  )
  if (setting === undefined) return 'Set KEYWRIGHT_CREDENTIAL, or pass it on standard input with --credential-stdin.'
  return `Set ${variableOf(setting)} or ${variableOf(setting)}_FILE.`
}
