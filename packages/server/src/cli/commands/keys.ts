import type { CommandSpec, GroupSpec, OptionSpec } from '../command.ts'
import { pageOptions, showCreation, showList, showRecord } from '../show.ts'
import {
  bodyOf,
  changeOptions,
  changesOf,
  momentOf,
  numberOf,
  reasonBody,
  reasonOption,
  setOption,
  withChanges,
  withFields,
} from '../values.ts'
import { batch } from './keys-batch.ts'
import { keyBodyOf, keyFields } from './keys-fields.ts'
import { filterOf, filterOptions } from './keys-filter.ts'
import { override } from './keys-override.ts'
import { usage } from './keys-usage.ts'
import { verify } from './keys-verify.ts'

const account = { name: 'account', meaning: "the account's id" } as const
const key = { name: 'key', meaning: "the key's id" } as const
const columns = [
  'id',
  'name',
  'masked',
  'type',
  'environment',
  'state',
  'grant',
  'createdAt',
  'lastUsedAt',
  'expiresAt',
]

const repeat: OptionSpec = {
  name: 'idempotency-key',
  value: 'key',
  meaning: 'makes a repeated request create nothing more',
}

const act = (action: string, meaning: string): CommandSpec => ({
  name: action,
  meaning,
  server: true,
  arguments: [key],
  options: [reasonOption],
  run: async (call) => {
    const body = bodyOf({ reason: call.option('reason') })
    showRecord(call, await (await call.client()).request('POST', ['keys', call.argument('key'), action], { body }))
    return undefined
  },
})

const listing = (name: string, meaning: string, listed: readonly string[]): CommandSpec => ({
  name,
  meaning,
  server: true,
  arguments: [key],
  options: [...pageOptions],
  run: (call) => showList(call, ['keys', call.argument('key'), name], listed),
})

const create: CommandSpec = {
  name: 'create',
  meaning: 'create a key; its secret alone goes to standard output',
  server: true,
  arguments: [account],
  options: [
    { name: 'type', value: 'type', meaning: 'a type of the configuration' },
    { name: 'environment', value: 'environment', meaning: 'an environment of the configuration' },
    ...keyFields,
    setOption,
    repeat,
  ],
  run: async (call) => {
    const body = withFields(call, {
      ...keyBodyOf(call),
      ...bodyOf({ type: call.option('type'), environment: call.option('environment') }),
    })
    const client = await call.client()
    const segments = ['accounts', call.argument('account'), 'keys']
    return showCreation(
      call,
      await client.request('POST', segments, { body, idempotencyKey: call.option('idempotency-key') }),
    )
  },
}

const update: CommandSpec = {
  name: 'update',
  meaning: 'change a key; what is not named stays as it is',
  server: true,
  arguments: [key],
  options: [...keyFields, ...changeOptions],
  run: async (call) => {
    const body = changesOf(withChanges(call, keyBodyOf(call)))
    const client = await call.client()
    showRecord(
      call,
      await client.request('PATCH', ['keys', call.argument('key')], { body, ifMatch: call.option('if-match') }),
    )
    return undefined
  },
}

const rotate: CommandSpec = {
  name: 'rotate',
  meaning:
    'make a new key in place of this one, which keeps working for the overlap; the new secret alone goes to standard output',
  server: true,
  arguments: [key],
  options: [
    { name: 'overlap', value: 'seconds', meaning: 'how long the older key keeps working' },
    { name: 'expires', value: 'time', meaning: 'when the new key expires, or never; absent: as the older one' },
    reasonOption,
    repeat,
  ],
  run: async (call) => {
    const [overlap, expires] = [call.option('overlap'), call.option('expires')]
    const body = bodyOf({
      overlapSeconds: overlap === undefined ? undefined : numberOf('overlap', overlap),
      expiresAt: expires === undefined ? undefined : momentOf('expires', expires),
      reason: call.option('reason'),
    })
    const client = await call.client()
    return showCreation(
      call,
      await client.request('POST', ['keys', call.argument('key'), 'rotate'], {
        body,
        idempotencyKey: call.option('idempotency-key'),
      }),
    )
  },
}

/** `keywright keys …` */
export const keys: GroupSpec = {
  name: 'keys',
  meaning: 'API keys',
  commands: [
    {
      name: 'list',
      meaning: 'list the keys of an account',
      server: true,
      arguments: [account],
      options: [
        ...filterOptions,
        {
          name: 'sort',
          value: 'order',
          meaning: 'created, name, lastUsed or expires; with - before it the other way round',
        },
        ...pageOptions,
      ],
      run: (call) =>
        showList(call, ['accounts', call.argument('account'), 'keys'], columns, {
          ...filterOf(call),
          sort: call.option('sort'),
        }),
    },
    create,
    {
      name: 'show',
      meaning: 'show a key (never its secret)',
      server: true,
      arguments: [key],
      run: async (call) => {
        showRecord(call, await (await call.client()).request('GET', ['keys', call.argument('key')]))
        return undefined
      },
    },
    update,
    act('pause', 'stop a key from being accepted until it is reactivated'),
    act('reactivate', 'accept a paused key again'),
    act('revoke', 'stop a key from being accepted, for good'),
    rotate,
    {
      name: 'delete',
      meaning: 'delete a key for good; only the log remembers it',
      server: true,
      arguments: [key],
      options: [reasonOption],
      run: async (call) => {
        await (await call.client()).request('DELETE', ['keys', call.argument('key')], reasonBody(call))
        call.terminal.tell('Deleted.\n')
        return undefined
      },
    },
    override,
    usage,
    listing('activity', "a key's newest checks", ['at', 'code', 'permission', 'network', 'userAgent', 'tag']),
    listing('events', 'what was done to a key', ['number', 'at', 'type', 'actor', 'reason']),
    batch,
    verify,
  ],
}
