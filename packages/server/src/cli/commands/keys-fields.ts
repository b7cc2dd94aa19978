import type { Call, OptionSpec } from '../command.ts'
import { type Body, bodyOf, jsonOf, limitOf, momentOf, quotaOf } from '../values.ts'

/** The options of what a key is made of and can be changed in. */
export const keyFields: readonly OptionSpec[] = [
  { name: 'name', value: 'text', meaning: 'what the key is called' },
  { name: 'description', value: 'text', meaning: 'what it is for and where it is used' },
  { name: 'preset', value: 'preset', meaning: 'a choice of permissions that the configuration names' },
  {
    name: 'permission',
    value: 'permission',
    many: true,
    meaning: 'one permission, such as jobs.view or integrations.use:crm',
  },
  { name: 'unrestricted', meaning: 'everything, also what is added later' },
  { name: 'expires', value: 'time', meaning: 'when it expires, such as 2027-01-31, or never' },
  { name: 'network', value: 'cidr', many: true, meaning: 'a network that it may be used from' },
  { name: 'rate', value: 'name:limit/seconds', many: true, meaning: 'a limit, such as requests:100/60' },
  { name: 'quota', value: 'number', meaning: 'how many accepted checks in all, or 1000/day, 1000/month' },
  { name: 'metadata', value: 'json', meaning: 'a JSON object of your own, which checks answer' },
  { name: 'owner', value: 'member', meaning: 'the member that it personally belongs to; absent: a service key' },
]

const some = (values: readonly string[]): readonly string[] | undefined => (values.length === 0 ? undefined : values)

function grantOf(call: Call): unknown {
  if (call.given('unrestricted')) return 'unrestricted'
  const permissions = some(call.options('permission'))
  return permissions === undefined ? undefined : { permissions }
}

/** What was given of them, as a body takes it. */
export function keyBodyOf(call: Call): Body {
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
