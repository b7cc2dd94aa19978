import type { CommandSpec } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { flagSettings, settingOptions, sourceOf } from '../store-call.ts'

/** `keywright doctor` */
export const doctor: CommandSpec = {
  name: 'doctor',
  meaning: 'check everything that a server needs, changing nothing, and say how to mend what is wrong',
  server: false,
  options: settingOptions(...flagSettings),
  run: async (call) => {
    const { examine } = await import('../examine.ts')
    const findings = await examine(sourceOf(call, flagSettings))
    const healthy = findings.every(({ ok }) => ok)
    if (call.json) call.terminal.write(`${JSON.stringify({ healthy, findings }, null, 2)}\n`)
    else {
      const longest = Math.max(...findings.map(({ subject }) => subject.length))
      for (const { ok, subject, text } of findings) {
        call.terminal.write(
          `${ok ? 'ok     ' : 'problem'}  ${subject.padEnd(longest)}  ${text.replaceAll('\n', `\n${' '.repeat(longest + 11)}`)}\n`,
        )
      }
    }
    return healthy ? exitCodes.done : exitCodes.refused
  },
}
