import type { KeyBatchResult } from '../../../api/records.ts'

/** What a batch does to keys. */
export type BatchAction = 'pause' | 'revoke' | 'delete'

/** Which keys a batch takes: those of a filter, or chosen ones. */
export type BatchFilter = Readonly<Record<string, unknown>>

/** The body of one call. */
export interface BatchRequest {
  readonly action: BatchAction
  readonly filter: BatchFilter
  readonly dryRun?: true
  readonly cursor?: string
  readonly reason?: string
}

/** How far a batch is. */
export interface BatchProgress {
  readonly changed: number
  readonly skipped: KeyBatchResult['skipped']
}

/** How a batch ended. */
export interface BatchOutcome extends BatchProgress {
  /** It was stopped between two calls; what was done stays done. */
  readonly stopped: boolean
}

const idsMax = 500

/** Chosen keys as filters of at most 500 each. */
export function idFilters(ids: readonly string[], accountId: string): readonly BatchFilter[] {
  const filters: BatchFilter[] = []
  for (let index = 0; index < ids.length; index += idsMax)
    filters.push({ account: accountId, ids: ids.slice(index, index + idsMax) })
  return filters
}

/** Counts what a batch would find, change and skip, and changes nothing. Beyond 500 keys a filter's `skipped` tells of the first ones. */
export async function previewBatch(
  send: (request: BatchRequest) => Promise<KeyBatchResult>,
  action: BatchAction,
  filters: readonly BatchFilter[],
): Promise<{ readonly matched: number; readonly skipped: KeyBatchResult['skipped'] }> {
  let matched = 0
  const skipped: KeyBatchResult['skipped'][number][] = []
  for (const filter of filters) {
    const step = await send({ action, filter, dryRun: true })
    matched += step.matched
    skipped.push(...step.skipped)
  }
  return { matched, skipped }
}

/** Changes all keys of the filters, 500 a call, and tells after each call how far it is; it stops between calls where it is told to. */
export async function runBatch(
  send: (request: BatchRequest) => Promise<KeyBatchResult>,
  {
    action,
    filters,
    reason,
    onProgress,
    isStopped,
  }: {
    readonly action: BatchAction
    readonly filters: readonly BatchFilter[]
    readonly reason?: string
    readonly onProgress: (progress: BatchProgress) => void
    readonly isStopped: () => boolean
  },
): Promise<BatchOutcome> {
  let changed = 0
  const skipped: KeyBatchResult['skipped'][number][] = []
  for (const filter of filters) {
    let cursor: string | null | undefined
    while (cursor !== null) {
      if (isStopped()) return { changed, skipped, stopped: true }
      const step: KeyBatchResult = await send({
        action,
        filter,
        ...(cursor === undefined ? {} : { cursor }),
        ...(reason === undefined || reason === '' ? {} : { reason }),
      })
      changed += step.changed
      skipped.push(...step.skipped)
      cursor = step.nextCursor
      onProgress({ changed, skipped })
    }
  }
  return { changed, skipped, stopped: false }
}

/** Skipped keys by the reason why, most frequent first. */
export function skippedByProblem(
  skipped: KeyBatchResult['skipped'],
): readonly { readonly problem: string; readonly keys: readonly string[] }[] {
  const groups = new Map<string, string[]>()
  for (const { key, problem } of skipped) groups.set(problem, [...(groups.get(problem) ?? []), key])
  return [...groups]
    .map(([problem, keys]) => ({ problem, keys }))
    .sort((left, right) => right.keys.length - left.keys.length)
}
