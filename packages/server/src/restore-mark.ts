import { StartError } from './start-error.ts'
import type { CheckReads, RestoreMark, Storage } from './storage/ports.ts'
import { UnconfirmedRestoreError } from './storage/restore-mark.ts'

/** What a restored store says of itself until an operator has confirmed it. */
export const unconfirmed = ({ through, atMs }: RestoreMark): string =>
  `restored from a backup that ends at entry ${through} of the log (${new Date(atMs).toISOString()}). Revocations, pauses and narrowed grants after it are not in it, so that keys could be accepted again; no key is accepted until you have looked and run \`keywright restore --confirm\`.`

/** Throws a StartError while the restore of a data folder is unconfirmed: a key that was revoked after the backup would be accepted again. */
export async function refuseUnconfirmedRestore({ restoreMark }: Storage, folder: string): Promise<void> {
  const mark = await restoreMark()
  if (mark !== null) throw new StartError(`The store in ${folder} was ${unconfirmed(mark)}`)
}

/**
 * Keeps a node on a database server from answering while the store there waits for confirmation, whenever it was restored: the log proves nothing
 * until then, and what was remembered of another past is forgotten at once, also where a grace would let it answer.
 */
export class RestoreHold {
  #mark: RestoreMark | null = null
  #forget: () => void = () => {}

  /** The mark, as the newest read of the log's head saw it. */
  get mark(): RestoreMark | null {
    return this.#mark
  }

  /** What is to be forgotten then. */
  forgets(forget: () => void): void {
    this.#forget = forget
  }

  /** The same reads, with an eye on the mark. */
  observing(checks: CheckReads): CheckReads {
    return {
      ...checks,
      head: async (after) => {
        try {
          const answer = await checks.head(after)
          this.#mark = null
          return answer
        } catch (error) {
          if (error instanceof UnconfirmedRestoreError) {
            this.#mark = error.mark
            this.#forget()
          }
          throw error
        }
      },
    }
  }
}
