/** An answer as tests look at it. `body` is its JSON, an empty object where it is none. */
export interface Answer<Body = Fields> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

/** A JSON object of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>

/** The members of a problem document that tests look at (RFC 9457). */
export interface ProblemBody {
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail?: string
  readonly check?: readonly string[]
  readonly missing?: readonly string[]
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Speaks HTTP with one bearer credential. */
export type Call = <Body = Fields>(method: string, path: string, options?: CallOptions) => Promise<Answer<Body>>

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

async function send(address: string, request: RequestInit & { readonly method: string }): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (cause) {
    throw new Error(`${request.method} ${address} was not answered`, { cause })
  }
}

/** The text of an answer; of a stream, which does not end by itself, its beginning. */
async function textOf(response: Response): Promise<string> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  if (!isStream || response.body === null) return await response.text()
  const reader = response.body.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return Buffer.from(value ?? []).toString('utf8')
}

/** Makes calls with a credential; null sends none. `seen` is told of every answer. */
export function callsWith(url: string, credential: string | null, seen?: (answer: Answer<unknown>) => void): Call {
  return async <Body>(method: string, path: string, { body, headers = {} }: CallOptions = {}) => {
    const response = await send(`${url}${path}`, {
      method,
      headers: {
        ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await textOf(response)
    // The test says what it expects; what came instead fails its assertions.
    const answer: Answer<Body> = { status: response.status, headers: response.headers, text, body: parse(text) as Body }
    seen?.(answer)
    return answer
  }
}

/** The body of a call that has to be answered with a status; otherwise an error with the whole answer. */
export async function bodyOf<Body>(call: Promise<Answer<Body>>, status = 200): Promise<Body> {
  const answer = await call
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`)
  return answer.body
}
