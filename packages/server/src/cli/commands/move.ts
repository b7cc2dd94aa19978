import type { CommandSpec } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { progress } from '../show.ts'
import { settingOptions, settingsOf } from '../store-call.ts'

const names = ['dataFolder', 'checkpointFile'] as const

/** `keywright move` */
export const move: CommandSpec = {
  name: 'move',
  meaning: 'move the embedded database into an empty PostgreSQL database',
  more: `Stop the server first. KEYWRIGHT_DATA is the folder that is moved, KEYWRIGHT_DATABASE_URL the database that it moves to, of the user that
owns it. The log is verified before and after, each table is counted on both sides, and all of it is there at once or not at all.
Nothing is lost: keys, sessions and the log go on where they were. The database in the folder is kept under another name, so that
no server goes on with it. It says at the end what every server has to be given.`,
  server: false,
  options: settingOptions(...names),
  run: async (call) => {
    const settings = settingsOf(call, names)
    const { moveStore } = await import('../move-store.ts')
    const moved = await moveStore(settings, (done) => progress(call, `${done} rows`))
    progress(call, '')
    if (call.json) call.terminal.write(`${JSON.stringify(moved, null, 2)}\n`)
    else call.terminal.tell(report(moved))
    return exitCodes.done
  },
}

type Moved = Awaited<ReturnType<typeof import('../move-store.ts')['moveStore']>>

function report({ through, rows, keptAs, set }: Moved): string {
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
  return [
    `Moved ${total} rows of ${Object.keys(rows).length} tables, counted on both sides; the log is whole through entry ${through}.`,
    `What was moved is kept as ${keptAs}.`,
    'Give every server:',
    ...Object.entries(set).map(([name, value]) => `  ${name}: ${value}`),
    '',
  ].join('\n')
}
