const readable = /^[A-Za-z0-9._-]{1,28}$/

/**
 * A path as logs may keep it: never its query, nothing of a set-up link, and no segment that is longer than an id or made of other
 * characters, since whoever errs may have put a secret there.
 */
export function loggedPath(pathname: string): string {
  if (pathname.startsWith('/setup/')) return '/setup/…'
  return pathname
    .split('/')
    .map((segment) => (segment === '' || readable.test(segment) ? segment : '…'))
    .join('/')
}

/** What is logged of a bug: its kind, message and place, and nothing that hangs on it (drivers hang whole rows on theirs). */
export function faultFields(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { fault: typeof error }
  return { fault: error.name, message: error.message, stack: error.stack }
}
