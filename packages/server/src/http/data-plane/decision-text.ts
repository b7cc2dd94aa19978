import type { Code, Decision, Grant } from '@keywright/core'
import { answerOf } from './check.ts'

// Nothing in it needs to be escaped in JSON.
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

const textOf = (text: string): string => (plainText.test(text) ? `"${text}"` : JSON.stringify(text))
const textOrNull = (text: string | null): string => (text === null ? 'null' : textOf(text))

// Keys share their grants.
const grantTexts = new WeakMap<object, string>()

function grantText(grant: Grant | null): string {
  if (grant === null || typeof grant === 'string') return textOrNull(grant)
  let text = grantTexts.get(grant)
  if (text === undefined) {
    text = JSON.stringify(grant)
    grantTexts.set(grant, text)
  }
  return text
}

const unknownTexts = new Map<Code, string>()

/** Of a text that no key answers for there is nothing to say but that. */
function unknownText(decision: Decision): string {
  let text = unknownTexts.get(decision.code)
  if (text === undefined) {
    text = JSON.stringify(answerOf(decision))
    if (!decision.valid) unknownTexts.set(decision.code, text)
  }
  return text
}

/** Whether there is nothing but what every accepted key has. */
const isPlain = ({ valid, code, missing, retryAfterMs, staleMs }: Decision): boolean =>
  valid && code === 'VALID' && missing === null && retryAfterMs === null && staleMs === undefined

/**
 * The text of `answerOf`, character by character, put together by hand where a key was accepted: half of what the door does would else be
 * the writing of one object.
 */
export function decisionText(decision: Decision): string {
  const { keyId, limits, expiresAtMs, metadata } = decision
  if (keyId === null && decision.retryAfterMs === null) return unknownText(decision)
  if (keyId === null || !isPlain(decision)) return JSON.stringify(answerOf(decision))
  let text = `{"valid":true,"code":"VALID","keyId":${textOf(keyId)},"account":${textOrNull(decision.account)},"externalId":${textOrNull(decision.externalId)},"type":${textOrNull(decision.type)},"environment":${textOrNull(decision.environment)},"grant":${grantText(decision.grant)},"name":${textOrNull(decision.name)},"metadata":${metadata === null ? 'null' : JSON.stringify(metadata)}`
  if (limits !== null) {
    let list = ''
    for (const { name, limit, windowSeconds, remaining, retryAfterMs, scope } of limits) {
      const reset = Math.ceil(retryAfterMs / 1000)
      const counted = scope === undefined ? '' : `,"scope":"${scope}"`
      list += `${list === '' ? '' : ','}{"name":${textOf(name)},"limit":${limit},"windowSeconds":${windowSeconds},"remaining":${remaining},"resetSeconds":${reset}${counted}}`
    }
    text += `,"limits":[${list}]`
  }
  if (expiresAtMs !== null) text += `,"expiresAt":"${new Date(expiresAtMs).toISOString()}"`
  return `${text}}`
}
