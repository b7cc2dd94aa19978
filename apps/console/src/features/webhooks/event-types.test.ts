import { expect, test } from 'vitest'
import type { Say } from '../../locales/words.tsx'
import { eventLabel } from './event-types.ts'

const say: Say = (phrase) => phrase

test('a type of event is said in words, one that is not known as it is', () => {
  expect(eventLabel('key.revoked', say)).toBe('activity.kinds.key.revoked')
  expect(eventLabel('account.created', say)).toBe('activity.group.account: activity.kinds.account.created')
  expect(eventLabel('webhook.test', say)).toBe('webhooks.testType')
  expect(eventLabel('key.painted', say)).toBe('key.painted')
  expect(eventLabel('constructor', say)).toBe('constructor')
})
