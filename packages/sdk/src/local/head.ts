import type { Head, Scope } from '@keywright/core'
import { amount, flag, list, oneOf, orElse, readTime, shape, text } from '../wire.ts'
import { readPosition } from './positions.ts'

const scopeKinds: readonly string[] = ['key', 'lineage', 'parent', 'account', 'member', 'credential', 'person']

/** A scope of a later version may touch anything. */
function readScope(value: unknown): Scope {
  const scope = text(value)
  const isKnown = scope === 'unknown' || scopeKinds.includes(scope.slice(0, scope.indexOf(':')))
  return isKnown ? (scope as Scope) : 'all'
}

/** Reads an answer of `GET /v1/head` to a question with a nonce: another nonce is an answer to another question. */
export function readHead(value: unknown, nonce: string): Head {
  const { storeTime, ...head } = shape({
    nonce: oneOf(nonce),
    position: readPosition,
    ageMs: amount,
    storeTime: readTime,
    changes: list(shape({ number: amount, scopes: list(readScope), hash: orElse(text, undefined) })),
    complete: flag,
    reset: flag,
  })(value)
  return { ...head, storeTimeMs: storeTime }
}
