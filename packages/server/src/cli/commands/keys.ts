import type { Call, CommandSpec, GroupSpec, OptionSpec } from '../command.ts'
import { pageOptions, showCreation, showList, showRecord } from '../show.ts'
import { type Body, bodyOf, changeOptions, jsonOf, limitOf, momentOf, numberOf, quotaOf, reasonOption, setOption, withChanges, withFields } from '../values.ts'
import { batch } from './keys-batch.ts'
import { filterOf, filterOptions } from './keys-filter.ts'
import { verify } from './keys-verify.ts'

const account = { name: 'account', meaning: "the account's id" } as const
const key = { name: 'key', meaning: "the key's id" } as const
const columns = ['id', 'name', 'masked', 'type', 'environment', 'state', 'grant', 'createdAt', 'lastUsedAt', 'expiresAt']

const fields: readonly OptionSpec[] = [
  { name: 'name', value: 'text', meaning: 'what the key is called' },
  { name: 'description', value: 'text', meaning: 'what it is for and where it is used' },
  { name: 'preset', value: 'preset', meaning: 'a choice of permissions that the configuration names' },
  { name: 'permission', value: 'permission', many: true, meaning: 'one permission, such as jobs.view or integrations.use:crm' },
  { name: 'unrestricted', meaning: 'everything, also what is added later' },
  { name: 'expires', value: 'time', meaning: 'when it expires, such as 2027-01-31, or never' },
  { name: 'network', value: 'cidr', many: true, meaning: 'a network that it may be used from' },
  { name: 'rate', value: 'name:limit/seconds', many: true, meaning: 'a limit, such as requests:100/60' },
  { name: 'quota', value: 'number', meaning: 'how many accepted checks in all, or 1000/day, 1000/month' },
  { name: 'metadata', value: 'json', meaning: 'a JSON object of your own, which checks answer' },
  { name: 'owner', value: 'member', meaning: 'the member that it personally belongs to; absent: a service key' },
]
const repeat: OptionSpec = { name: 'idempotency-key', value: 'key', meaning: 'makes a repeated request create nothing more' }

const some = (values: readonly string[]): readonly string[] | undefined => (values.length === 0 ? undefined : values)

function grantOf(call: Call): unknown {
  if (call.given('unrestricted')) return 'unrestricted'
  const permissions = some(call.options('permission'))
  return permissions === undefined ? undefined : { permissions }
}

function bodyOfCall(call: Call): Body {
  const [expires, quota, metadata] = [call.option('expires'), call.option('quota'), call.option('metadata')]
  return bodyOf({
    name: call.option('name'),
    description: call.option('description'),
    preset: call.option('preset'),
    grant: grantOf(call),
    expiresAt: expires === undefined ? undefined : momentOf('expires', expires),
    allowedNetworks: some(call.options('network')),
    limits: some(call.options('rate'))?.map(limitOf),
    quota: quota === undefined ? undefined : quotaOf(quota),
    metadata: metadata === undefined ? undefined : jsonOf('metadata', metadata),
    owner: call.option('owner'),
  })
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
    ...fields,
    setOption,
    repeat,
  ],
  run: async (call) => {
    const body = withFields(call, { ...bodyOfCall(call), ...bodyOf({ type: call.option('type'), environment: call.option('environment') }) })
    const client = await call.client()
    const segments = ['accounts', call.argument('account'), 'keys']
    return showCreation(call, await client.request('POST', segments, { body, idempotencyKey: call.option('idempotency-key') }))
  },
}

const update: CommandSpec = {
  name: 'update',
  meaning: 'change a key; what is not named stays as it is',
  server: true,
  arguments: [key],
  options: [...fields, ...changeOptions],
  run: async (call) => {
    const body = withChanges(call, bodyOfCall(call))
    const client = await call.client()
    showRecord(call, await client.request('PATCH', ['keys', call.argument('key')], { body, ifMatch: call.option('if-match') }))
    return undefined
  },
}

const rotate: CommandSpec = {
  name: 'rotate',
  meaning: 'make a new key in place of this one, which keeps working for the overlap; the new secret alone goes to standard output',
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
    return showCreation(call, await client.request('POST', ['keys', call.argument('key'), 'rotate'], { body, idempotencyKey: call.option('idempotency-key') }))
  },
}

const override: CommandSpec = {
  name: 'override',
  meaning: "put other limits or another quota in force for a key's lineage, until a time or for good",
  server: true,
  arguments: [key],
  options: [
    { name: 'rate', value: 'name:limit/seconds', many: true, meaning: 'a limit, such as requests:1000/60' },
    { name: 'quota', value: 'number', meaning: 'a quota, or one per day or month: 1000/month' },
    { name: 'until', value: 'time', meaning: 'when the override ends; absent: never' },
    { name: 'remove', meaning: 'remove the override instead' },
    reasonOption,
  ],
  run: async (call) => {
    const client = await call.client()
    const segments = ['keys', call.argument('key'), 'override']
    showRecord(call, call.given('remove') ? await client.request('DELETE', segments) : await client.request('PUT', segments, { body: overrideOf(call) }))
    return undefined
  },
}

function overrideOf(call: Call): Body {
  const [quota, until] = [call.option('quota'), call.option('until')]
  const end = { until: until === undefined ? null : momentOf('until', until) }
  return bodyOf({
    limits: some(call.options('rate'))?.map((text) => ({ ...limitOf(text), ...end })),
    quota: quota === undefined ? undefined : { ...quotaOf(quota), ...end },
    reason: call.option('reason'),
  })
}

const usage: CommandSpec = {
  name: 'usage',
  meaning: 'how often a key was checked, by time, outcome and tag',
  server: true,
  arguments: [key],
  options: [
    { name: 'from', value: 'time', meaning: 'from when' },
    { name: 'to', value: 'time', meaning: 'until when' },
    { name: 'granularity', value: 'unit', meaning: 'by what it is counted', choices: ['hour', 'day'] },
  ],
  run: async (call) => {
    const moment = (name: string) => {
      const given = call.option(name)
      return given === undefined ? undefined : (momentOf(name, given) ?? undefined)
    }
    const query = { from: moment('from'), to: moment('to'), granularity: call.option('granularity') }
    showRecord(call, await (await call.client()).request('GET', ['keys', call.argument('key'), 'usage'], { query }))
    return undefined
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
      options: [...filterOptions, { name: 'sort', value: 'order', meaning: 'created, name, lastUsed or expires; with - before it the other way round' }, ...pageOptions],
      run: (call) => showList(call, ['accounts', call.argument('account'), 'keys'], columns, { ...filterOf(call), sort: call.option('sort') }),
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
      run: async (call) => {
        await (await call.client()).request('DELETE', ['keys', call.argument('key')])
        call.terminal.tell('Deleted.\n')
        return undefined
      },
    },
    override,
    usage,
    listing('activity', "a key's newest checks", ['at', 'code', 'permission', 'network', 'userAgent', 'tag']),
    listing('events', "what was done to a key", ['number', 'at', 'type', 'actor', 'reason']),
    batch,
    verify,
  ],
}
