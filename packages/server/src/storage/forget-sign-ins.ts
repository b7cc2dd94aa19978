import type { Transact } from './transact.ts'

/**
 * Ends every session and voids every link that was on its way: what was signed out, used up or withdrawn after a backup was taken must not
 * come back with it.
 */
export const forgetSignIns = (transact: Transact): Promise<null> =>
  transact(async (database) => {
    for (const table of ['sessions', 'verifications', 'password_resets', 'invitations'] as const)
      await database.deleteFrom(table).execute()
    return { result: null, keep: true }
  })
