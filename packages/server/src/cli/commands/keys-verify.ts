import type { CommandSpec } from '../command.ts'
import { exitCodes, usageError } from '../exit.ts'
import { showRecord } from '../show.ts'
import { bodyOf, numberOf } from '../values.ts'

/** `keywright keys verify`: what a check answers for the key on standard input. */
export const verify: CommandSpec = {
  name: 'verify',
  meaning: 'check a key, whose text is read from standard input',
  more: 'The exit code is 0 where the key is accepted and 1 where it is refused. With an operator credential the environment and the audience must be named.',
  server: true,
  options: [
    { name: 'permission', value: 'permission', many: true, meaning: 'a permission that is needed' },
    { name: 'environment', value: 'environment', meaning: 'the environment that the API serves' },
    { name: 'audience', value: 'api', meaning: 'the API that is reached' },
    { name: 'ip', value: 'address', meaning: "the address of the key's user" },
    { name: 'cost', value: 'number', meaning: 'what it takes of limits and quota; 0 takes nothing' },
    { name: 'tag', value: 'tag', meaning: 'a tag to count it under' },
  ],
  run: async (call) => {
    if (call.given('credential-stdin'))
      throw usageError(
        'Standard input is the key here: give the credential in KEYWRIGHT_CREDENTIAL or KEYWRIGHT_CREDENTIAL_FILE.',
      )
    const key = (await call.terminal.readInput()).replace(/\r?\n$/, '')
    if (key === '')
      throw usageError(
        'Standard input is empty: pass the text of the key there, for example with `keywright keys verify < file`.',
      )
    const [permissions, cost] = [call.options('permission'), call.option('cost')]
    const body = bodyOf({
      key,
      permissions: permissions.length === 0 ? undefined : permissions,
      environment: call.option('environment'),
      audience: call.option('audience'),
      ip: call.option('ip'),
      cost: cost === undefined ? undefined : numberOf('cost', cost),
      tag: call.option('tag'),
    })
    const decision = await (await call.client()).request('POST', ['verify'], { body })
    showRecord(call, decision)
    return decision['valid'] === true ? exitCodes.done : exitCodes.refused
  },
}
