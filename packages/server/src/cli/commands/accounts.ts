import type { Call, GroupSpec } from '../command.ts'
import { pageOptions, showList, showRecord } from '../show.ts'
import {
  bodyOf,
  changeOptions,
  changesOf,
  reasonBody,
  reasonOption,
  setOption,
  withChanges,
  withFields,
} from '../values.ts'

const account = { name: 'account', meaning: "the account's id" } as const
const columns = ['id', 'name', 'externalId', 'plan', 'state', 'createdAt']
const fields = [
  { name: 'name', value: 'text', meaning: 'what it is called' },
  { name: 'external-id', value: 'id', meaning: 'what the adopter calls it' },
  { name: 'plan', value: 'plan', meaning: 'a plan of the configuration' },
] as const

const bodyOfCall = (call: Call) =>
  bodyOf({ name: call.option('name'), externalId: call.option('external-id'), plan: call.option('plan') })

const act = (action: string) => async (call: Call) => {
  const body = bodyOf({ reason: call.option('reason') })
  showRecord(
    call,
    await (await call.client()).request('POST', ['accounts', call.argument('account'), action], { body }),
  )
  return undefined
}

/** `keywright accounts …` */
export const accounts: GroupSpec = {
  name: 'accounts',
  meaning: 'the owners of keys',
  commands: [
    {
      name: 'list',
      meaning: 'list accounts',
      server: true,
      options: [
        { name: 'search', value: 'text', meaning: 'a part of the name or id' },
        { name: 'external-id', value: 'id', meaning: 'the one that the adopter calls so' },
        ...pageOptions,
      ],
      run: (call) =>
        showList(call, ['accounts'], columns, {
          search: call.option('search'),
          externalId: call.option('external-id'),
        }),
    },
    {
      name: 'create',
      meaning: 'create an account',
      server: true,
      options: [
        ...fields,
        setOption,
        { name: 'idempotency-key', value: 'key', meaning: 'makes a repeated request create nothing more' },
      ],
      run: async (call) => {
        const client = await call.client()
        const body = withFields(call, bodyOfCall(call))
        showRecord(
          call,
          await client.request('POST', ['accounts'], { body, idempotencyKey: call.option('idempotency-key') }),
        )
        return undefined
      },
    },
    {
      name: 'show',
      meaning: 'show an account',
      server: true,
      arguments: [account],
      run: async (call) => {
        showRecord(call, await (await call.client()).request('GET', ['accounts', call.argument('account')]))
        return undefined
      },
    },
    {
      name: 'update',
      meaning: "change an account's name, externalId, plan or overrides",
      server: true,
      arguments: [account],
      options: [...fields, ...changeOptions],
      run: async (call) => {
        const body = changesOf(withChanges(call, bodyOfCall(call)))
        const client = await call.client()
        showRecord(
          call,
          await client.request('PATCH', ['accounts', call.argument('account')], {
            body,
            ifMatch: call.option('if-match'),
          }),
        )
        return undefined
      },
    },
    {
      name: 'suspend',
      meaning: 'suspend an account: none of its keys is accepted',
      server: true,
      arguments: [account],
      options: [reasonOption],
      run: act('suspend'),
    },
    {
      name: 'resume',
      meaning: 'bring a suspended account back',
      server: true,
      arguments: [account],
      options: [reasonOption],
      run: act('resume'),
    },
    {
      name: 'delete',
      meaning: 'delete an account with all its keys and members',
      server: true,
      arguments: [account],
      options: [reasonOption],
      run: async (call) => {
        await (await call.client()).request('DELETE', ['accounts', call.argument('account')], reasonBody(call))
        call.terminal.tell('Deleted.\n')
        return undefined
      },
    },
  ],
}
