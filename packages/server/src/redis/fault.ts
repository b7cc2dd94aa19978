const explained: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password; give it in KEYWRIGHT_REDIS_URL',
  WRONGPASS: 'it refuses the user or the password of KEYWRIGHT_REDIS_URL',
  NOPERM:
    'its user may not do what is needed: EVALSHA, EVAL, TIME, GET, SET and DEL on keys that begin with {keywright}',
  LOADING: 'it is still reading its data',
  BUSY: 'a script of somebody else blocks it',
  OOM: 'its memory is full',
  READONLY: 'it is a replica; name the primary in KEYWRIGHT_REDIS_URL',
  MISCONF: 'it cannot write to its disk, and so refuses changes',
  MASTERDOWN: 'it is a replica without a primary',
  CLUSTERDOWN: 'its cluster is not whole',
  MOVED: 'it is a node of a cluster that keeps the limits on another one',
}

/** What went wrong with Redis, as a sentence's end. Its own words are not repeated: some of them quote what they were sent, passwords included. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed'
  if (error.name === 'ReplyError') {
    const code = /^[A-Z]{2,20}/.exec(error.message)?.[0] ?? 'ERR'
    return explained[code] ?? `it answered with an error (${code})`
  }
  if (error instanceof NotInTime) return `it did not answer within ${error.ms} ms`
  const code = 'code' in error ? String(error.code) : ''
  return code === '' ? 'the connection ended' : `it cannot be reached (${code})`
}

/** Whether Redis said itself that a command was refused, so that nothing of it was done. */
export const isRefused = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError'

/** Something took too long. */
export class NotInTime extends Error {
  readonly ms: number

  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
    this.ms = ms
  }
}

/** What work comes to, or a rejection with NotInTime. */
export async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    // Where this process itself was busy, the answer may lie there unread: it is looked for once more before time is called.
    timer = setTimeout(() => setImmediate(() => reject(new NotInTime(ms))), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
