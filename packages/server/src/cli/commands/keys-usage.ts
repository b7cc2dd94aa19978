import type { CommandSpec } from '../command.ts'
import { showRecord } from '../show.ts'
import { momentOf } from '../values.ts'

/** `keywright keys usage` */
export const usage: CommandSpec = {
  name: 'usage',
  meaning: 'how often a key was checked, by time, outcome and tag',
  server: true,
  arguments: [{ name: 'key', meaning: "the key's id" }],
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
