import type { KeyState, LifecycleAction } from '@keywright/core'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../api/records.ts'
import { type ActionPlace, offeredActions, undoOf } from './key-action-rules.ts'

const nowMs = Date.UTC(2026, 10, 21)
const words = { label: 'x', confirm: 'dialog', warning: '' } as const
const all: Config['actions'] = { pause: words, reactivate: words, revoke: words, rotate: words, delete: words }
const place: ActionPlace = { may: () => true, isSuspended: false, nowMs }
const keyOf = (state: KeyState, change: object = {}) => ({ state, endsAt: null, newest: true, ...change })

const reasons = (key: ReturnType<typeof keyOf>, change: Partial<ActionPlace> = {}, actions = all) =>
  Object.fromEntries(
    offeredActions(key, { actions }, { ...place, ...change }).map(({ action, reason }) => [action, reason]),
  )

describe('the actions of a key', () => {
  test('are those of the configuration and no others', () => {
    expect(Object.keys(reasons(keyOf('active'), {}, { delete: words }))).toEqual(['delete'])
    expect(reasons(keyOf('active'), {}, {})).toEqual({})
  })

  test('of pausing and reactivating have the one that fits', () => {
    expect(Object.keys(reasons(keyOf('active')))).toEqual(['rotate', 'pause', 'revoke', 'delete'])
    expect(Object.keys(reasons(keyOf('paused')))).toEqual(['rotate', 'reactivate', 'revoke', 'delete'])
  })

  test('say why they cannot be done: state, a newer key, the account, the role', () => {
    expect(reasons(keyOf('active'))).toEqual({ rotate: null, pause: null, revoke: null, delete: null })
    expect(reasons(keyOf('revoked'))).toEqual({ rotate: 'revoked', pause: 'revoked', revoke: 'revoked', delete: null })
    expect(reasons(keyOf('paused'))).toMatchObject({ rotate: 'paused', reactivate: null })
    expect(reasons(keyOf('active', { newest: false }))).toMatchObject({ rotate: 'notNewest', revoke: null })
    expect(reasons(keyOf('paused'), { isSuspended: true })).toMatchObject({ reactivate: 'suspended', revoke: null })
    const may = (action: LifecycleAction) => action !== 'delete'
    expect(reasons(keyOf('active'), { may })).toMatchObject({ delete: 'role', revoke: null })
  })

  test('know that a key whose time ran out since it was read has expired', () => {
    const ended = keyOf('active', { endsAt: new Date(nowMs).toISOString() })
    expect(reasons(ended)).toMatchObject({ rotate: 'expired', pause: 'expired', revoke: null })
  })
})

describe('the way back', () => {
  test('exists for what can be undone, where it is offered and the role has it', () => {
    expect(undoOf('pause', { actions: all }, place)).toBe('reactivate')
    expect(undoOf('pause', { actions: { pause: words } }, place)).toBeNull()
    expect(undoOf('pause', { actions: all }, { may: () => false })).toBeNull()
    expect(undoOf('revoke', { actions: all }, place)).toBeNull()
  })
})
