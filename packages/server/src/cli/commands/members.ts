import type { GroupSpec } from '../command.ts'
import { pageOptions, showList, showRecord } from '../show.ts'
import { bodyOf, changeOptions, changesOf, reasonBody, reasonOption, withChanges } from '../values.ts'

const account = { name: 'account', meaning: "the account's id" } as const
const member = { name: 'member', meaning: "the member's id" } as const
const name = { name: 'name', value: 'text', meaning: 'what the member is called' } as const
const columns = ['id', 'name', 'externalId', 'role', 'state', 'createdAt']

/** `keywright members …` */
export const members: GroupSpec = {
  name: 'members',
  meaning: 'the people of an account and their roles',
  commands: [
    {
      name: 'list',
      meaning: 'list the members of an account',
      server: true,
      arguments: [account],
      options: [...pageOptions],
      run: (call) => showList(call, ['accounts', call.argument('account'), 'members'], columns),
    },
    {
      name: 'add',
      meaning: 'add a member to an account',
      server: true,
      arguments: [account, { name: 'role', meaning: 'a role of the configuration' }],
      options: [name, { name: 'external-id', value: 'id', meaning: 'what the adopter calls the member' }],
      run: async (call) => {
        const body = bodyOf({
          role: call.argument('role'),
          name: call.option('name'),
          externalId: call.option('external-id'),
        })
        showRecord(
          call,
          await (await call.client()).request('POST', ['accounts', call.argument('account'), 'members'], { body }),
        )
        return undefined
      },
    },
    {
      name: 'show',
      meaning: 'show a member',
      server: true,
      arguments: [account, member],
      run: async (call) => {
        const segments = ['accounts', call.argument('account'), 'members', call.argument('member')]
        showRecord(call, await (await call.client()).request('GET', segments))
        return undefined
      },
    },
    {
      name: 'update',
      meaning: "change a member's role, state or name",
      server: true,
      arguments: [account, member],
      options: [
        { name: 'role', value: 'role', meaning: 'a role of the configuration' },
        {
          name: 'state',
          value: 'state',
          meaning: 'whether the member is in good standing',
          choices: ['active', 'suspended'],
        },
        name,
        ...changeOptions,
      ],
      run: async (call) => {
        const body = changesOf(
          withChanges(
            call,
            bodyOf({ role: call.option('role'), state: call.option('state'), name: call.option('name') }),
          ),
        )
        const segments = ['accounts', call.argument('account'), 'members', call.argument('member')]
        showRecord(
          call,
          await (await call.client()).request('PATCH', segments, { body, ifMatch: call.option('if-match') }),
        )
        return undefined
      },
    },
    {
      name: 'remove',
      meaning: 'remove a member from an account; the keys that personally belong to the member stop working',
      server: true,
      arguments: [account, member],
      options: [reasonOption],
      run: async (call) => {
        const segments = ['accounts', call.argument('account'), 'members', call.argument('member')]
        await (await call.client()).request('DELETE', segments, reasonBody(call))
        call.terminal.tell('Removed.\n')
        return undefined
      },
    },
  ],
}
