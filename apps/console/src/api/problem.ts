import type { ProblemCode } from '@keywright/core'

/** What the server says where it refuses a request (RFC 9457). */
interface ProblemDocument {
  readonly code: ProblemCode
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly request_id?: string
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly detail: string }[]
}

/** A request that was refused, or that did not come through (`code: 'unreachable'`). */
export class ApiProblem extends Error {
  readonly code: ProblemCode | 'unreachable'
  readonly status: number
  readonly detail: string | undefined
  readonly requestId: string | undefined
  readonly errors: NonNullable<ProblemDocument['errors']>
  /** Seconds after which it is worth trying again. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ApiProblem['code'],
    title: string,
    about: {
      readonly status?: number
      readonly detail?: string | undefined
      readonly requestId?: string | undefined
      readonly errors?: ProblemDocument['errors']
      readonly retryAfterSeconds?: number | undefined
    } = {},
  ) {
    super(title)
    this.name = 'ApiProblem'
    this.code = code
    this.status = about.status ?? 0
    this.detail = about.detail
    this.requestId = about.requestId
    this.errors = about.errors ?? []
    this.retryAfterSeconds = about.retryAfterSeconds
  }

  /** What is wrong with one member of the body, by its JSON pointer (`/name`). */
  errorAt(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer?.replace(/^#/, '') === pointer)?.detail
  }
}

/** Whether an error is a refusal with this code. */
export const isProblem = (error: unknown, code: ApiProblem['code']): error is ApiProblem =>
  error instanceof ApiProblem && error.code === code

/** Whether an error says that nobody is signed in, or nobody any more. */
export const isSignedOut = (error: unknown): boolean =>
  isProblem(error, 'sign_in_required') || isProblem(error, 'credential_missing')

/** Makes the refusal of an answer. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const text = await response.text()
  const retryAfter = Number(response.headers.get('retry-after'))
  const about = {
    status: response.status,
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
  }
  try {
    const document = JSON.parse(text) as ProblemDocument
    return new ApiProblem(document.code, document.title, {
      ...about,
      detail: document.detail,
      requestId: document.request_id,
      errors: document.errors,
    })
  } catch {
    return new ApiProblem('internal_error', response.statusText, about)
  }
}
