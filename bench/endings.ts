/** Ends a process that was forked when the one that forked it is gone, and lets a signal end this one with all that it started. */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit(1))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
}

/** Has something done in the moment that this process ends, whatever ends it; answers how to take that back. */
export function atExit(ending: () => void): () => void {
  process.once('exit', ending)
  return () => void process.off('exit', ending)
}
