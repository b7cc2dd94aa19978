import { useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ReasonField, reasonBody } from './reason-field.tsx'

/** Asks before something is done, and why; refusals that one foresees are said in the page's own words. */
export function RefusedDialog({
  title,
  text,
  verb,
  danger = false,
  done,
  refusals = {},
  withReason = true,
  work,
  onClose,
}: {
  readonly title: string
  readonly text: string
  readonly verb: string
  readonly danger?: boolean
  readonly done: string
  /** Sentences by the code of the refusal. */
  readonly refusals?: Readonly<Partial<Record<ApiProblem['code'], string>>>
  readonly withReason?: boolean
  /** Gets the body with the reason. */
  readonly work: (body: { readonly reason?: string }) => Promise<unknown>
  readonly onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const attempt = async (): Promise<unknown> => {
    try {
      return await work(reasonBody(reason))
    } catch (error) {
      const sentence = error instanceof ApiProblem ? refusals[error.code] : undefined
      if (sentence === undefined || !(error instanceof ApiProblem)) throw error
      throw new ApiProblem(error.code, sentence, { status: error.status, requestId: error.requestId })
    }
  }
  return (
    <ConfirmDialog title={title} verb={verb} danger={danger} done={done} work={attempt} onClose={onClose}>
      {text}
      {withReason && <ReasonField value={reason} onChange={setReason} />}
    </ConfirmDialog>
  )
}
