import type { Head, Scope } from '@keywright/core'
import { readPosition } from './positions.ts'
import { amount, ForeignShape, flag, list, record, text } from './wire.ts'

const scopeKinds: readonly string[] = ['key', 'lineage', 'parent', 'account', 'member', 'credential', 'person']

/** A scope of a later version may touch anything. */
function readScope(value: unknown): Scope {
  const scope = text(value)
  const isKnown = scope === 'unknown' || scopeKinds.includes(scope.slice(0, scope.indexOf(':')))
  return isKnown ? (scope as Scope) : 'all'
}

/** Reads an answer of `GET /v1/head` to a question with a nonce: another nonce is an answer to another question. */
export function readHead(value: unknown, nonce: string): Head {
  const head = record(value)
  if (head['nonce'] !== nonce) throw new ForeignShape('the answer is one to another question')
  const storeTimeMs = Date.parse(text(head['storeTime']))
  if (Number.isNaN(storeTimeMs)) throw new ForeignShape('a time was expected')
  return {
    position: readPosition(head['position']),
    ageMs: amount(head['ageMs']),
    storeTimeMs,
    changes: list(head['changes'], (item) => {
      const { number, scopes, hash } = record(item)
      const change = { number: amount(number), scopes: list(scopes, readScope) }
      return hash === undefined ? change : { ...change, hash: text(hash) }
    }),
    complete: flag(head['complete']),
    reset: flag(head['reset']),
  }
}
