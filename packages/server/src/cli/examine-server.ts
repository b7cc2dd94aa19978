import { systemClock } from '../clock.ts'
import { Digests, LogSigner } from '../crypto.ts'
import { installationKeys } from '../installation.ts'
import { openServerDatabase } from '../open-database.ts'
import type { Settings } from '../setting-table.ts'
import { StartError } from '../start-error.ts'
import { mayChangeLog } from '../storage/application-role.ts'
import type { Database } from '../storage/database.ts'
import { chainsInUse } from '../storage/installation.ts'
import { migrations } from '../storage/migrations/all.ts'
import { readRestoreMark } from '../storage/restore-mark.ts'
import { type FoundSchema, mayServe, readSchema } from '../storage/schema-versions.ts'
import { storeTimeOf } from '../storage/store-time.ts'
import { findParts } from '../storage/usage-partitions.ts'
import { type Finding, newerByCompatibleSteps, ok, problem, unconfirmedRestore } from './finding.ts'

/** More than this between the clocks of two machines is worth a word, in milliseconds. */
const clockApartMs = 1_000

/** Looks at the database server of the settings, and changes nothing. */
export async function examineServer(settings: Settings): Promise<readonly Finding[]> {
  let database: Database
  try {
    database = await openServerDatabase(settings)
  } catch (error) {
    if (error instanceof StartError) return [problem('database', error.message)]
    throw error
  }
  try {
    const schema = await readSchema(database.read)
    const { version } = schema
    if (version > migrations.length && !mayServe(schema))
      return [
        problem(
          'database',
          `its schema is version ${version}, newer than this program knows (${migrations.length}); start the newer Keywright`,
        ),
      ]
    const findings = [schemaFinding(schema), await secretsFinding(settings, database, version)]
    if (version > 0) findings.push(await roleFinding(database))
    if (version >= migrations.length) findings.push(await partsFinding(database))
    const mark = version < migrations.length ? null : await readRestoreMark(database.read)
    if (mark !== null) findings.push(unconfirmedRestore(mark.through))
    return [...findings, await clockFinding(database)]
  } finally {
    await database.close()
  }
}

function schemaFinding({ version }: FoundSchema): Finding {
  if (version === 0) return ok('database', 'it is empty; the first start, or `keywright migrate`, makes the tables')
  if (version < migrations.length)
    return ok('database', 'it answers; the next start, or `keywright migrate`, brings its schema up to date')
  if (version > migrations.length)
    return ok('database', `it answers, and its schema ${newerByCompatibleSteps(version)}`)
  return ok('database', 'it answers, and its schema is up to date')
}

async function secretsFinding(settings: Settings, database: Database, version: number): Promise<Finding> {
  const subject = 'pepper, log key'
  try {
    const keys = await installationKeys(settings, database)
    if (version < migrations.length) return ok(subject, 'are given')
    new Digests(keys.peppers, await chainsInUse(database.read))
    const newest = await database.read
      .selectFrom('log_entries')
      .select('log_key_id')
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (newest !== undefined && !new LogSigner(keys.logKeys).knows(newest.log_key_id))
      return problem(
        subject,
        `the log is chained under the log key ${newest.log_key_id}, which is not the one given; give that one (KEYWRIGHT_LOG_KEY)`,
      )
    return ok(subject, 'are given and fit what is stored')
  } catch (error) {
    if (error instanceof StartError) return problem(subject, error.message)
    throw error
  }
}

const roleFinding = async (database: Database): Promise<Finding> =>
  (await mayChangeLog(database))
    ? ok(
        'role',
        'this user could change the log; better connect servers as a role that cannot, see KEYWRIGHT_APPLICATION_ROLE',
      )
    : ok('role', 'this user may add to the log and not change it')

/** Fewer than so many milliseconds before the last part ends, something keeps new ones from being made. */
const partsAheadMs = 2 * 86_400_000

async function partsFinding(database: Database): Promise<Finding> {
  const subject = 'usage'
  const found = await findParts(database.read)
  if (found.some(({ mayMake }) => !mayMake))
    return problem(
      subject,
      'this user may not have partitions of usage and activity made; run `keywright migrate --application-role` once more as the user that owns the tables',
    )
  const nowMs = await storeTimeOf(database, systemClock)()
  const behind = found.filter(({ throughMs }) => throughMs < nowMs + partsAheadMs)
  if (behind.length === 0) return ok(subject, 'usage and activity have their partitions for the next days')
  const ends = behind.map(
    ({ table, throughMs }) => `${table} has partitions until ${new Date(throughMs).toISOString()} only`,
  )
  return problem(
    subject,
    `${ends.join(', ')}; later rows are kept in the default partition. Servers make them every hour: their logs say why not (sweeping). \`keywright migrate\`, as the user that owns the tables, makes them as well`,
  )
}

async function clockFinding(database: Database): Promise<Finding> {
  const apartMs = systemClock.wallMs() - (await storeTimeOf(database, systemClock)())
  return Math.abs(apartMs) > clockApartMs
    ? problem(
        'clock',
        `it is ${Math.round(Math.abs(apartMs) / 1_000)} seconds ${apartMs > 0 ? 'ahead of' : 'behind'} that of the database, which counts for keys; sessions of people count by this one: set it`,
      )
    : ok('clock', 'agrees with that of the database')
}
