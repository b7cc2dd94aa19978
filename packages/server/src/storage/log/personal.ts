import type { StorageContext } from '../context.ts'
import type { Caller } from '../ports.ts'

const numbersPerTransactionMax = 500

/** Removes the personal data beside entries of the log; answers how many had some. The chain stays whole, since it covers only a commitment. */
export async function erasePersonal(
  { write }: StorageContext,
  caller: Caller,
  numbers: readonly number[],
): Promise<number> {
  let erased = 0
  for (let start = 0; start < numbers.length; start += numbersPerTransactionMax) {
    erased += await eraseSome(write, caller, numbers.slice(start, start + numbersPerTransactionMax))
  }
  return erased
}

const eraseSome = (write: StorageContext['write'], caller: Caller, numbers: readonly number[]): Promise<number> =>
  write(caller, async ({ database, append }) => {
    const rows = await database.deleteFrom('log_personal').where('number', 'in', numbers).returning('number').execute()
    const erased = rows.map(({ number }) => number).sort((a, b) => a - b)
    if (erased.length > 0) {
      append({
        type: 'log.personal_data_erased',
        accountId: null,
        target: { kind: 'log', id: String(erased[0]) },
        scopes: [],
        after: { entries: erased },
      })
    }
    return erased.length
  })
