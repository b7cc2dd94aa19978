import { resolve } from 'node:path'
import { loadConfigFile } from '../../config-file.ts'
import type { GroupSpec } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { showRecord } from '../show.ts'

/** `keywright config …` */
export const config: GroupSpec = {
  name: 'config',
  meaning: 'the configuration of the product whose keys are kept',
  commands: [
    {
      name: 'show',
      meaning: 'show the public part of the configuration in force on the server, as JSON',
      server: true,
      public: true,
      run: async (call) => {
        showRecord({ ...call, json: true }, await (await call.client()).request('GET', ['config']))
        return undefined
      },
    },
    {
      name: 'check',
      meaning:
        'check a configuration file, without a server; each fault is named with its path, its value and how to mend it',
      server: false,
      arguments: [{ name: 'file', meaning: 'keywright.config.ts, or another .ts, .js or .json' }],
      run: async (call) => {
        const result = await loadConfigFile(resolve(call.terminal.folder, call.argument('file')))
        const problems = result.ok ? [] : result.problems
        if (call.json) call.terminal.write(`${JSON.stringify({ ok: result.ok, problems }, null, 2)}\n`)
        else if (result.ok) call.terminal.write(`${result.name} is a valid configuration.\n`)
        else call.terminal.tell(`${problems.join('\n')}\n`)
        return result.ok ? exitCodes.done : exitCodes.refused
      },
    },
  ],
}
