import { ApiProblem, problemOf } from './problem.ts'

/** As whom a person acts: for one account as its member, or as operator over all. */
export type Acting = 'operator' | (string & {})

/** One request to the management API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>
  /** Absent: a request of the person, or of nobody. */
  readonly acting?: Acting
  /** The ETag that the record must still have. */
  readonly ifMatch?: string | undefined
  /** Makes a repetition of the same creation harmless. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal | undefined
}

function addressOf(path: string, query: ApiRequest['query']): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === false || value === '') continue
    parameters.set(name, Array.isArray(value) ? value.join(',') : String(value))
  }
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}

function headersOf({ body, acting, ifMatch, idempotencyKey }: ApiRequest): Record<string, string> {
  return {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(acting === undefined ? {} : { 'Keywright-Acting': acting }),
    ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
    ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
  }
}

/** A path segment that comes from data. */
export const segment = (text: string): string => encodeURIComponent(text)

async function ask(path: string, request: ApiRequest): Promise<Response> {
  let response: Response
  try {
    response = await fetch(addressOf(path, request.query), {
      method: request.method ?? 'GET',
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      headers: headersOf(request),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiProblem('unreachable', 'The server cannot be reached')
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

/** Asks the management API as the person who is signed in; throws an ApiProblem where it refuses or cannot be reached. */
export async function api<Answer>(path: string, request: ApiRequest = {}): Promise<Answer> {
  const response = await ask(path, request)
  if (response.status === 204) return null as Answer
  return (await response.json()) as Answer
}

/** As `api`, with the ETag of the answer, which a later change can name in `ifMatch`. */
export async function apiWithEtag<Answer>(
  path: string,
  request: ApiRequest = {},
): Promise<{ readonly answer: Answer; readonly etag: string | undefined }> {
  const response = await ask(path, request)
  return { answer: (await response.json()) as Answer, etag: response.headers.get('etag') ?? undefined }
}
