import { expect, it } from 'vitest'
import { configurationHash } from '../configurations.ts'
import { testConfig, testOperator, testSource } from '../testing.ts'
import { storeKey } from './parts.ts'
import { contractSuite } from './suite.ts'

const other = testConfig({ ...testSource, product: { name: 'Another' } })

contractSuite('configurations', (open) => {
  it('are applied once, with an event that says what changed', async () => {
    const { configurations, log, read } = await open()
    expect(await configurations.current()).toBeNull()
    const config = testConfig()
    const hash = configurationHash(config)
    expect(await configurations.apply(config, testOperator)).toEqual({ hash, changed: true })
    expect(await configurations.apply(testConfig(), testOperator)).toEqual({ hash, changed: false })
    expect(await configurations.current()).toEqual({ hash, source: config.source })
    await configurations.apply(other, testOperator)
    const page = await log.list({ type: 'config.applied' }, {})
    expect('items' in page && page.items).toHaveLength(2)
    expect('items' in page && page.items[0]).toMatchObject({
      before: { hash },
      after: { hash: configurationHash(other), changes: ['product.name changed'] },
    })
    const rows = await read.selectFrom('configurations').select('number').orderBy('number').execute()
    expect(rows).toEqual([{ number: 2 }, { number: 3 }])
  })

  it('can be put back, and are then the one in force', async () => {
    const { configurations } = await open()
    await configurations.apply(testConfig(), testOperator)
    await configurations.apply(other, testOperator)
    const { hash, changed } = await configurations.apply(testConfig(), testOperator)
    expect([changed, (await configurations.current())?.hash]).toEqual([true, hash])
  })

  it('are applied by one of two nodes that start at once', async () => {
    const { configurations } = await open()
    const answers = await Promise.all([1, 2].map(() => configurations.apply(other, testOperator)))
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1)
  })

  it('do not fit what is stored of a type, an environment or a permission that they do not know', async () => {
    const { configurations, store, credentials } = await open()
    await storeKey(store, 'key_1')
    await storeKey(store, 'key_2', { state: 'revoked', grant_json: '{"permissions":["gone.view"]}' })
    await credentials.create(testOperator, { kind: 'verify', name: 'A', environment: 'live', audiences: ['api'] })
    expect(await configurations.misfits(testConfig())).toEqual([])
    const [, ingest] = testSource.types
    if (ingest === undefined) throw new Error('the test needs two types')
    const { presets: _, grants: __, defaultType: ___, defaultEnvironment: ____, ...rest } = testSource
    const narrow = testConfig({
      ...rest,
      types: [ingest],
      environments: [{ id: 'test', tag: 'test', label: 'Test' }],
      resources: (testSource.resources ?? []).filter(({ id }) => id !== 'jobs'),
    })
    const misfits = (await configurations.misfits(narrow)).join('\n')
    for (const word of ["type 'secret'", "environment 'live'", "'jobs.view'", "audience 'api'"])
      expect(misfits).toContain(word)
    expect(misfits).not.toContain('gone.view')
  })
})
