import { expect, test } from 'vitest'
import type { KeyBatchResult } from '../../../api/records.ts'
import { type BatchRequest, idFilters, previewBatch, runBatch, skippedByProblem } from './run-batch.ts'

const filter = { account: 'acc_1', state: ['active'] }

/** Answers three calls: 500, 500 and 200 keys, one of them skipped each time. */
function server() {
  const asked: BatchRequest[] = []
  const send = async (request: BatchRequest): Promise<KeyBatchResult> => {
    asked.push(request)
    const call = Number(request.cursor ?? 0)
    return {
      matched: 1_200,
      changed: call === 2 ? 199 : 499,
      skipped: [{ key: `key_${call}`, problem: 'key_state_conflict' }],
      nextCursor: call === 2 || request.dryRun === true ? null : String(call + 1),
    }
  }
  return { asked, send }
}

test('a batch goes on with the cursor until there is none and tells how far it is', async () => {
  const { asked, send } = server()
  const seen: number[] = []
  const outcome = await runBatch(send, {
    action: 'revoke',
    filters: [filter],
    reason: 'leaked',
    onProgress: ({ changed, skipped }) => seen.push(changed + skipped.length),
    isStopped: () => false,
  })
  expect(asked.map(({ cursor, reason }) => [cursor, reason])).toEqual([
    [undefined, 'leaked'],
    ['1', 'leaked'],
    ['2', 'leaked'],
  ])
  expect(seen).toEqual([500, 1_000, 1_200])
  expect(outcome).toMatchObject({ changed: 1_197, stopped: false })
  expect(outcome.skipped).toHaveLength(3)
})

test('a batch that is stopped makes no further call and says so', async () => {
  const { asked, send } = server()
  let stopped = false
  const outcome = await runBatch(send, {
    action: 'pause',
    filters: [filter],
    onProgress: () => {
      stopped = true
    },
    isStopped: () => stopped,
  })
  expect(asked).toHaveLength(1)
  expect(outcome).toMatchObject({ changed: 499, stopped: true })
})

test('counting first changes nothing', async () => {
  const { asked, send } = server()
  expect(await previewBatch(send, 'delete', [filter])).toMatchObject({ matched: 1_200 })
  expect(asked.every(({ dryRun }) => dryRun === true)).toBe(true)
})

test('chosen keys go in filters of at most 500, each bound to the account', () => {
  const filters = idFilters(
    Array.from({ length: 501 }, (_, index) => `key_${index}`),
    'acc_1',
  )
  expect(filters.map(({ account, ids }) => [account, (ids as readonly string[]).length])).toEqual([
    ['acc_1', 500],
    ['acc_1', 1],
  ])
  expect(idFilters([], 'acc_1')).toEqual([])
})

test('what was skipped is told by reason, the most frequent first', () => {
  const skipped = [
    { key: 'key_1', problem: 'exceeds_creator' },
    { key: 'key_2', problem: 'key_state_conflict' },
    { key: 'key_3', problem: 'key_state_conflict' },
  ]
  expect(skippedByProblem(skipped)).toEqual([
    { problem: 'key_state_conflict', keys: ['key_2', 'key_3'] },
    { problem: 'exceeds_creator', keys: ['key_1'] },
  ])
})
