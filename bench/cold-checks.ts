import type { ColdStore } from './cold/cold-store.ts'
import { coldPostgres } from './cold/postgres.ts'
import { coldSqlite } from './cold/sqlite.ts'
import { atMost, type Comparison, compare, type Result } from './measure.ts'

/** How many keys the stores hold; `BENCH_KEYS=100000` tries it with fewer. The larger PostgreSQL holds ten times as many. */
const keyCount = Number(process.env['BENCH_KEYS'] ?? 1_000_000)
const manyTimes = 10
const timesMax = 1.3
const rounds = 9
const atOnce = 64
const countedChecks = 1_000

const number = new Intl.NumberFormat('en')

/**
 * On the embedded database, a whole cold check (engine, digest, read, facts, verdict, count) against the bare driver's read of one row by its digest, both
 * prepared, in turns; and how many statements it sends.
 */
export async function benchColdChecks(): Promise<readonly Result[]> {
  const store = await coldSqlite(keyCount)
  try {
    return [await against(store, 1, 0.6), await statementsOf(store)]
  } finally {
    await store.close()
  }
}

/** The same on PostgreSQL, on as many connections as the driver has; then how much longer it takes with ten times as many keys. */
export async function benchColdChecksOnPostgres(): Promise<readonly Result[]> {
  const postgres = await coldPostgres([keyCount, keyCount * manyTimes])
  try {
    const [few, many] = postgres.stores as readonly [ColdStore, ColdStore]
    const results = [await against(few, 1, 0.85), await against(few, atOnce), await statementsOf(few)]
    return [...results, ...(await growth(few, many))]
  } finally {
    await postgres.close()
  }
}

const titleOf = ({ name, keys }: ColdStore, lanes: number): string =>
  `${name}, ${number.format(keys)} keys, ${lanes === 1 ? 'one after the other' : `${lanes} at once`}`

const against = (store: ColdStore, lanes: number, aimRatio?: number): Promise<Comparison> =>
  compare(
    {
      name: `cold check against the driver's read of one row, ${titleOf(store, lanes)}`,
      unit: 'checks/s',
      rounds,
      ...(aimRatio === undefined ? {} : { aimRatio }),
    },
    () => store.readRate(lanes),
    () => store.checkRate(lanes),
  )

/** How much longer a cold check takes where there are many more keys; the two stores take turns. */
async function growth(few: ColdStore, many: ColdStore): Promise<readonly Result[]> {
  const about = `${many.name}, ${number.format(many.keys)} keys against ${number.format(few.keys)}, one after the other`
  const checks = await compare(
    { name: `cold checks, ${about}`, unit: 'checks/s', rounds },
    () => few.checkRate(1),
    () => many.checkRate(1),
  )
  return [checks, atMost(`time of a cold check, ${about}`, 'times', 1 / checks.ratio, timesMax)]
}

const statementsOf = async (store: ColdStore): Promise<Result> =>
  atMost(`statements of a cold check, ${store.name}`, 'statements', await store.statementsPerCheck(countedChecks), 1)
