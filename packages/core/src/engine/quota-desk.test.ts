import { expect, test } from 'vitest'
import { ScriptedQuotas, scriptedEngine, settle } from './testing.ts'

/** Quotas that cannot be given back while `broken`. */
class StubbornQuotas extends ScriptedQuotas {
  broken: 'at once' | 'in the end' | null = null
  fail: () => void = () => {}

  override async giveBack(request: Parameters<ScriptedQuotas['giveBack']>[0]): Promise<void> {
    if (this.broken === 'at once') throw new Error('the quota cannot be reached')
    if (this.broken === 'in the end')
      await new Promise((_, reject) => {
        this.fail = () => reject(new Error('the quota did not answer'))
      })
    await super.giveBack(request)
  }
}

const quota = { limit: 10, period: 'day' } as const

/** An engine whose one key is revoked while its quota is asked, so that what was taken must be given back. */
function revokedMeanwhile() {
  const quotas = new StubbornQuotas()
  const scripted = scriptedEngine({ quotas })
  const text = scripted.store.create({ id: 'key_1', quota })
  const run = async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    quotas.waiting = promise
    const asked = scripted.checked(text)
    await settle()
    await scripted.engine.applied(scripted.store.change(text, { state: 'revoked' }))
    resolve()
    await settle()
    quotas.waiting = null
    scripted.store.change(text, { state: 'active' })
    await scripted.engine.refresh()
    return asked
  }
  return { ...scripted, quotas, run }
}

test('43: what is given back is not counted as a failure; what cannot be is counted, once each, and the check still answers', async () => {
  const { engine, quotas, run } = revokedMeanwhile()
  expect((await run()).code).toBe('REVOKED')
  expect(quotas.givenBack).toBe(1)
  expect(engine.state.quotaGiveBacksFailed).toBe(0)
  quotas.broken = 'at once'
  expect((await run()).code).toBe('REVOKED')
  expect((await run()).code).toBe('REVOKED')
  expect(quotas.givenBack).toBe(1)
  expect(engine.state.quotaGiveBacksFailed).toBe(2)
})

test('43: a give-back that fails after its check has answered is counted as well', async () => {
  const { clock, engine, quotas, run } = revokedMeanwhile()
  quotas.broken = 'in the end'
  const asked = run()
  // Until the give-back is all that is waited for.
  await settle(400)
  await clock.advance(1_000)
  expect((await asked).code).toBe('REVOKED')
  expect(engine.state.quotaGiveBacksFailed).toBe(0)
  quotas.fail()
  await settle()
  expect(engine.state.quotaGiveBacksFailed).toBe(1)
})

test('43: what a quota takes too late and cannot be given back is counted', async () => {
  const { store, clock, engine, quotas, checked } = revokedMeanwhile()
  const text = store.create({ id: 'key_2', quota })
  await engine.refresh()
  const { promise, resolve } = Promise.withResolvers<void>()
  quotas.waiting = promise
  const asked = checked(text)
  await clock.advance(1_000)
  expect((await asked).code).toBe('UNAVAILABLE')
  quotas.broken = 'at once'
  resolve()
  await settle()
  expect(engine.state.quotaGiveBacksFailed).toBe(1)
})
