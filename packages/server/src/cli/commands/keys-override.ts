import type { Call, CommandSpec } from '../command.ts'
import { usageError } from '../exit.ts'
import { showRecord } from '../show.ts'
import { type Body, bodyOf, limitOf, momentOf, quotaOf, reasonBody, reasonOption } from '../values.ts'

/** `keywright keys override` */
export const override: CommandSpec = {
  name: 'override',
  meaning: "put other limits or another quota in force for a key's lineage, until a time or for good",
  server: true,
  arguments: [{ name: 'key', meaning: "the key's id" }],
  options: [
    { name: 'rate', value: 'name:limit/seconds', many: true, meaning: 'a limit, such as requests:1000/60' },
    { name: 'quota', value: 'number', meaning: 'a quota, or one per day or month: 1000/month' },
    { name: 'until', value: 'time', meaning: 'when the override ends; absent: never' },
    { name: 'remove', meaning: 'remove the override instead' },
    reasonOption,
  ],
  run: async (call) => {
    const chosen = call.options('rate').length > 0 || call.option('quota') !== undefined
    if (chosen === call.given('remove'))
      throw usageError('Say what is put in force, with --rate or --quota, or take it away with --remove.')
    const client = await call.client()
    const segments = ['keys', call.argument('key'), 'override']
    showRecord(
      call,
      call.given('remove')
        ? await client.request('DELETE', segments, reasonBody(call))
        : await client.request('PUT', segments, { body: overrideOf(call) }),
    )
    return undefined
  },
}

function overrideOf(call: Call): Body {
  const rates = call.options('rate')
  const [quota, until] = [call.option('quota'), call.option('until')]
  const end = { until: until === undefined ? null : momentOf('until', until) }
  return bodyOf({
    limits: rates.length === 0 ? undefined : rates.map((text) => ({ ...limitOf(text), ...end })),
    quota: quota === undefined ? undefined : { ...quotaOf(quota), ...end },
    reason: call.option('reason'),
  })
}
