import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { accountKey } from '../../../api/queries.ts'
import type { KeyBatchResult } from '../../../api/records.ts'
import { api } from '../../../api/request.ts'
import { ProofDeclined, useProof } from '../../../ui/proof.tsx'
import { useAccount } from '../../account-context.tsx'
import {
  type BatchAction,
  type BatchFilter,
  type BatchOutcome,
  type BatchProgress,
  type BatchRequest,
  previewBatch,
  runBatch,
} from './run-batch.ts'

interface Preview {
  readonly matched: number
  readonly skipped: KeyBatchResult['skipped']
}

/** Where a batch is: counted first, asked about, then done 500 keys at a time. */
export type BulkStep =
  | { readonly kind: 'counting' }
  | { readonly kind: 'asking'; readonly preview: Preview }
  | {
      readonly kind: 'running'
      readonly preview: Preview
      readonly progress: BatchProgress
      readonly stopping: boolean
    }
  | { readonly kind: 'ended'; readonly outcome: BatchOutcome; readonly error: unknown }
  | { readonly kind: 'refused'; readonly error: unknown }

const nothingYet: BatchProgress = { changed: 0, skipped: [] }

/** One batch from its count to its end. `onDeclined`: the person did not want to prove who they are. */
export function useBulk(
  action: BatchAction,
  filters: readonly BatchFilter[],
  onDeclined: () => void,
): {
  readonly step: BulkStep
  readonly run: (reason: string) => Promise<void>
  readonly stop: () => void
} {
  const { accountId, acting } = useAccount()
  const queries = useQueryClient()
  const prove = useProof()
  const [step, setStep] = useState<BulkStep>({ kind: 'counting' })
  const stopped = useRef(false)
  const declined = useRef(onDeclined)
  declined.current = onDeclined
  const send = useCallback(
    (body: BatchRequest) => prove(() => api<KeyBatchResult>('/v1/keys/batch', { method: 'POST', acting, body })),
    [prove, acting],
  )
  useEffect(() => {
    let gone = false
    previewBatch(send, action, filters).then(
      (preview) => !gone && setStep({ kind: 'asking', preview }),
      (error: unknown) => {
        if (gone) return
        if (error instanceof ProofDeclined) declined.current()
        else setStep({ kind: 'refused', error })
      },
    )
    return () => {
      gone = true
    }
  }, [send, action, filters])
  const run = async (reason: string): Promise<void> => {
    if (step.kind !== 'asking') return
    const { preview } = step
    let progress = nothingYet
    stopped.current = false
    setStep({ kind: 'running', preview, progress, stopping: false })
    const onProgress = (next: BatchProgress): void => {
      progress = next
      setStep({ kind: 'running', preview, progress, stopping: stopped.current })
    }
    try {
      const outcome = await runBatch(send, { action, filters, reason, onProgress, isStopped: () => stopped.current })
      setStep({ kind: 'ended', outcome, error: null })
    } catch (error) {
      if (error instanceof ProofDeclined && progress === nothingYet) setStep({ kind: 'asking', preview })
      else setStep({ kind: 'ended', outcome: { ...progress, stopped: true }, error })
    }
    await queries.invalidateQueries({ queryKey: accountKey(accountId, 'keys') })
  }
  const stop = (): void => {
    stopped.current = true
    setStep((now) => (now.kind === 'running' ? { ...now, stopping: true } : now))
  }
  return { step, run, stop }
}
