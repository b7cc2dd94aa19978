import { describe, expect, test } from 'vitest'
import { MissGuard, missesPerMinute } from './miss-guard.ts'
import { FakeClock, newText, scriptedEngine } from './testing.ts'

/** An engine with a guard whose clock stands where the test puts it. */
function guarded() {
  const guardClock = new FakeClock()
  return { guardClock, ...scriptedEngine({ missGuard: new MissGuard(guardClock) }) }
}

const flooder = '192.0.2.7'

/** Presents unknown texts until an address has to wait. */
async function exhaust({ checked }: ReturnType<typeof guarded>, ip = flooder): Promise<void> {
  for (let index = 0; index < missesPerMinute; index++)
    expect((await checked(newText(), { ip })).code).toBe('NOT_FOUND')
}

describe('whoever presents unknown keys', () => {
  test('is slowed down by address: what comes more is not looked up, says when to come again, and is counted', async () => {
    const { source, checked, guardClock, engine, ...rest } = guarded()
    await exhaust({ source, checked, guardClock, engine, ...rest })
    const reads = source.reads.key
    const refused = await checked(newText(), { ip: flooder })
    expect(refused).toMatchObject({ valid: false, code: 'RATE_LIMITED', keyId: null })
    expect(refused.retryAfterMs).toBeGreaterThan(0)
    expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000 / missesPerMinute)
    expect(source.reads.key).toBe(reads)
    guardClock.jump(60_000 / missesPerMinute)
    expect((await checked(newText(), { ip: flooder })).code).toBe('NOT_FOUND')
    expect((await checked(newText(), { ip: flooder })).code).toBe('RATE_LIMITED')
    const refusals: Record<string, number> = {}
    await engine.flush(async (batch) => {
      for (const { code, count } of batch.refusals) refusals[code] = (refusals[code] ?? 0) + count
    })
    expect(refusals).toEqual({ NOT_FOUND: missesPerMinute + 1, RATE_LIMITED: 2 })
  })

  test('T11: may not go round it within an IPv6 network, nor by writing an address in another way', async () => {
    const scripted = guarded()
    await exhaust(scripted, '2001:db8:1:2::1')
    expect((await scripted.checked(newText(), { ip: '2001:db8:1:2:ffff::9' })).code).toBe('RATE_LIMITED')
    expect((await scripted.checked(newText(), { ip: '2001:db8:1:3::1' })).code).toBe('NOT_FOUND')
    await exhaust(scripted, '192.0.2.9')
    expect((await scripted.checked(newText(), { ip: '::ffff:192.0.2.9' })).code).toBe('RATE_LIMITED')
  })

  test('does not harm others: other addresses, checks without one, and keys that memory holds, at this address too', async () => {
    const scripted = guarded()
    const { store, checked, check, clock } = scripted
    const text = store.create({ id: 'key_1' })
    expect((await checked(text)).code).toBe('VALID')
    await exhaust(scripted)
    expect((await checked(newText(), { ip: '192.0.2.8' })).code).toBe('NOT_FOUND')
    expect((await checked(newText())).code).toBe('NOT_FOUND')
    expect(check(text, { ip: flooder })).toMatchObject({ code: 'VALID' })
    clock.jump(5_000)
    expect(await check(text, { ip: flooder })).toMatchObject({ code: 'VALID' })
    store.changeAccount({ plan: 'limited' })
    clock.jump(5_000)
    expect(await check(text, { ip: flooder })).toMatchObject({ code: 'VALID' })
  })

  test('is told what is remembered as unknown and what is no key at all, which costs nobody a read', async () => {
    const scripted = guarded()
    const known = newText()
    await scripted.checked(known, { ip: flooder })
    for (let index = 1; index < missesPerMinute; index++) await scripted.checked(newText(), { ip: flooder })
    expect(scripted.check(known, { ip: flooder })).toMatchObject({ code: 'NOT_FOUND' })
    expect(scripted.check('nonsense', { ip: flooder })).toMatchObject({ code: 'MALFORMED' })
  })
})
