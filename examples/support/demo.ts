/** Speaks to Keywright's management API as an operator. */
export type Operate = <Answer>(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => Promise<Answer>

/** What an example shows to whoever runs it by `npm run example -- <name>`. */
export interface Running {
  /** What to open and what to type, one line each; the first names the API's address. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

/** Everything of an example that `npm run example` starts besides Keywright itself. */
export interface Demo {
  /** The account that is made. */
  readonly account: string
  /** Who is invited into it; the links are printed. */
  readonly members: readonly { readonly email: string; readonly role: string }[]
  /** Starts the protected API with credentials of its own, and what else belongs to it. */
  start(parts: {
    readonly keywrightUrl: string
    readonly operate: Operate
    /** The id of the account. */
    readonly account: string
  }): Promise<Running>
}

/** Makes a verify credential for an API and answers its secret. */
export async function verifyCredential(
  operate: Operate,
  scope: { readonly environment?: string; readonly audiences: readonly string[] },
): Promise<string> {
  const { secret } = await operate<{ secret: string }>('POST', '/v1/credentials', {
    kind: 'verify',
    name: scope.environment === undefined ? 'API' : `API, ${scope.environment}`,
    ...scope,
  })
  return secret
}
