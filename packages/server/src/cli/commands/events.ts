import { isForbidden } from '../../open-database.ts'
import type { Settings } from '../../settings.ts'
import type { Checkpoint, LogVerification, Storage } from '../../storage/ports.ts'
import { appendCheckpoint, readCheckpointFile } from '../checkpoint-file.ts'
import type { Call, CommandSpec, GroupSpec } from '../command.ts'
import { CommandError, exitCodes, usageError } from '../exit.ts'
import { pageOptions, progress, showList, showRecord } from '../show.ts'
import { commandCaller, configOf, requireDatabase, settingOptions, settingsOf } from '../store-call.ts'
import { momentOf } from '../values.ts'
import { exportEvents } from './events-export.ts'

const names = ['dataFolder', 'configFile', 'checkpointFile'] as const

async function withStorage<Result>(
  call: Call,
  work: (storage: Storage, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const settings = settingsOf(call, names)
  const { databaseFile, openInstallation } = await import('../../installation.ts')
  requireDatabase(settings, databaseFile(settings.dataFolder))
  const storage = await openInstallation(settings, { config: await configOf(settings), patient: true })
  try {
    return await work(storage, settings)
  } finally {
    await storage.close()
  }
}

const verify: CommandSpec = {
  name: 'verify',
  meaning: 'walk the whole log and name every entry that was altered, removed or moved',
  more: 'It only reads, and may run beside a server. The checkpoints kept outside the database are held against it; what was cut off after the last of them cannot be seen.',
  server: false,
  options: settingOptions('dataFolder', 'checkpointFile'),
  run: async (call) => {
    const settings = settingsOf(call, ['dataFolder', 'checkpointFile'])
    const outside = readCheckpointFile(settings.checkpointFile)
    const result = await verifyStored(call, settings, outside.checkpoints)
    progress(call, '')
    const whole = result.faults.length === 0 && outside.faults.length === 0
    const summary = {
      whole,
      entries: result.entries,
      from: result.from,
      through: result.through,
      outsideCheckpoints: outside.checkpoints.length,
    }
    showRecord(call, call.json ? { ...summary, faults: result.faults, checkpointFileFaults: outside.faults } : summary)
    for (const { number, fault } of call.json ? [] : result.faults) call.terminal.tell(`entry ${number}: ${fault}\n`)
    for (const fault of call.json ? [] : outside.faults) call.terminal.tell(`${fault}\n`)
    return whole ? exitCodes.done : exitCodes.refused
  },
}

async function verifyStored(call: Call, settings: Settings, outside: readonly Checkpoint[]): Promise<LogVerification> {
  const [{ LogSigner }, { logKeysToVerify }, { verifyLog }, { withStoreToRead }] = await Promise.all([
    import('../../crypto.ts'),
    import('../../installation.ts'),
    import('../../storage/log/verify.ts'),
    import('../store-to-read.ts'),
  ])
  return await withStoreToRead(settings, async ({ read }) => {
    const signer = new LogSigner(logKeysToVerify(settings))
    return await verifyLog(read, signer, outside, (done, total) => progress(call, `${done} of ${total} entries`))
  })
}

/** Where servers connect as a role that may only add to the log, pruning is for the owner of the tables. */
function asOwner(error: unknown): never {
  if (!isForbidden(error)) throw error
  throw new CommandError(
    exitCodes.refused,
    'The user of KEYWRIGHT_DATABASE_URL may only add to the log; prune it with the address of the user that owns the tables.',
  )
}

const prune: CommandSpec = {
  name: 'prune',
  meaning: 'remove old entries of the log up to a signed checkpoint',
  more: 'The checkpoint takes their place in the database and is written to the outside file as well. What is removed is gone: make a backup before.',
  server: false,
  options: [
    { name: 'before', value: 'time', meaning: 'entries older than this, such as 2026-01-01' },
    ...settingOptions(...names),
  ],
  run: async (call) => {
    const before = call.option('before')
    const moment = before === undefined ? null : momentOf('before', before)
    if (moment === null) throw usageError('Say how much is removed: --before 2026-01-01.')
    return await withStorage(call, async (storage, { checkpointFile }) => {
      const { removed, checkpoint } = await storage.log.prune(commandCaller(), Date.parse(moment)).catch(asOwner)
      appendCheckpoint(checkpointFile, checkpoint)
      showRecord(call, { removed, through: checkpoint.number, checkpointFile })
      return undefined
    })
  },
}

const checkpoint: CommandSpec = {
  name: 'checkpoint',
  meaning: "sign the log's newest entry and keep the signature outside the database",
  more: 'From then on `events verify` sees when entries up to this one are cut off. Run it as often as a loss of the newest entries has to be seen.',
  server: false,
  options: settingOptions(...names),
  run: (call) =>
    withStorage(call, async (storage, { checkpointFile }) => {
      const taken = await storage.log.checkpoint()
      appendCheckpoint(checkpointFile, taken)
      showRecord(call, { number: taken.number, checkpointFile })
      return undefined
    }),
}

/** `keywright events …` */
export const events: GroupSpec = {
  name: 'events',
  meaning: 'the log of everything that changed',
  commands: [
    {
      name: 'list',
      meaning: 'list entries of the log, newest first',
      server: true,
      options: [
        { name: 'account', value: 'account', meaning: 'about this account' },
        { name: 'key', value: 'key', meaning: 'about this key' },
        { name: 'type', value: 'type', meaning: 'of this type, such as key.revoked' },
        ...pageOptions,
      ],
      run: (call) => {
        const query = { account: call.option('account'), key: call.option('key'), type: call.option('type') }
        return showList(call, ['events'], ['number', 'at', 'type', 'actor', 'account', 'target', 'reason'], query)
      },
    },
    verify,
    prune,
    checkpoint,
    exportEvents,
  ],
}
