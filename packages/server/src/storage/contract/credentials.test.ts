import { isKeyText, isProblem } from '@keywright/core'
import { expect, it } from 'vitest'
import { Secret } from '../../secret.ts'
import type { Created, CredentialRecord } from '../ports.ts'
import { setupOf } from '../setup.ts'
import { testConfig, testOperator, testRandomBytes, testSource } from '../testing.ts'
import type { Parts } from './parts.ts'
import { contractSuite } from './suite.ts'

const created = (answer: Awaited<ReturnType<Parts['credentials']['create']>>): Created<CredentialRecord> => {
  if (isProblem(answer)) throw new Error(JSON.stringify(answer))
  return answer
}

const makeOperator = async (parts: Parts): Promise<Created<CredentialRecord>> =>
  created(await parts.credentials.create(testOperator, { kind: 'operator', name: 'Deploys' }))

const verify = { kind: 'verify', name: 'The API', environment: 'live', audiences: ['api'] } as const

contractSuite('credentials', (open) => {
  it('are shown once and recognised afterwards, with what they check for', async () => {
    const parts = await open()
    const { record, secret } = created(await parts.credentials.create(testOperator, verify))
    const text = secret?.expose() ?? ''
    expect(text.startsWith('kwv_') && isKeyText(text)).toBe(true)
    expect(record).toMatchObject({ environment: 'live', audiences: ['api'], masked: `kwv_••••••••${text.slice(-4)}` })
    expect((await parts.checks.credential(text)).facts).toEqual({
      id: record.id,
      kind: 'verify',
      environment: 'live',
      audiences: ['api'],
    })
    expect((await parts.checks.credential(`${text}x`)).facts).toBeUndefined()
    // A text of one kind answers for no other.
    expect((await parts.checks.key(text)).facts).toBeUndefined()
    expect(JSON.stringify([await parts.credentials.list({}), await parts.log.list({}, {})])).not.toContain(text)
  })

  it('must name what the configuration has: an environment and audiences', async () => {
    const { credentials, read } = await open()
    const refusal = async (input: Parameters<typeof credentials.create>[1]) => {
      const answer = await credentials.create(testOperator, input)
      return isProblem(answer) ? [answer.problem, answer.errors?.map(({ pointer }) => pointer)] : answer.record.id
    }
    const no = 'not_allowed_by_configuration'
    expect(await refusal({ kind: 'verify', name: 'A', audiences: ['api'] })).toEqual([no, ['/environment']])
    expect(await refusal({ ...verify, environment: 'prod' })).toEqual([no, ['/environment']])
    expect(await refusal({ ...verify, audiences: [] })).toEqual([no, ['/audiences']])
    expect(await refusal({ ...verify, audiences: ['api', 'web'] })).toEqual([no, ['/audiences/1']])
    expect(await refusal({ ...verify, kind: 'operator' })).toEqual([no, ['/environment', '/audiences']])
    expect(await refusal({ ...verify, name: ' \u202e' })).toEqual(['invalid_parameters', ['/name']])
    expect(await read.selectFrom('log_entries').select('number').execute()).toHaveLength(1)
  })

  it('name no environment where the configuration has none', async () => {
    const { environments: _, defaultEnvironment: __, ...source } = testSource
    const { credentials } = await open({ config: testConfig(source) })
    expect(await credentials.create(testOperator, verify)).toMatchObject({ problem: 'not_allowed_by_configuration' })
    const { environment: ___, ...without } = verify
    expect(created(await credentials.create(testOperator, without)).record.environment).toBeNull()
  })

  it('answers a repeated Idempotency-Key with the record and without the secret', async () => {
    const { credentials } = await open()
    const idempotency = { key: 'once', route: 'POST /v1/credentials', fingerprint: 'f' }
    const first = created(await credentials.create(testOperator, verify, idempotency))
    const second = created(await credentials.create(testOperator, verify, idempotency))
    expect(second).toEqual({ record: first.record, secret: null, replayed: true })
    const other = await credentials.create(testOperator, verify, { ...idempotency, fingerprint: 'g' })
    expect(other).toMatchObject({ problem: 'idempotency_mismatch' })
  })

  it('keeps one operator, also where two are deleted at once', async () => {
    const parts = await open()
    const [one, two] = [await makeOperator(parts), await makeOperator(parts)]
    const answers = await Promise.all([one, two].map(({ record }) => parts.credentials.delete(testOperator, record.id)))
    expect(answers.filter((answer) => answer === null)).toHaveLength(1)
    expect(answers.find((answer) => answer !== null)).toMatchObject({ problem: 'last_operator' })
    expect(await parts.credentials.delete(testOperator, 'crd_unknown')).toMatchObject({
      problem: 'credential_not_found',
    })
  })

  it('T23: draws a text anew where the random source repeats itself', async () => {
    const texts = [1, 1, 2].map((seed) => testRandomBytes(seed))
    let draws = 0
    const bytes = testRandomBytes(5)
    // The second credential begins with the very bytes of the first.
    const randomBytes = (length: number) => (length > 40 ? (texts[draws++]?.(length) ?? bytes(length)) : bytes(length))
    const parts = await open({ randomBytes })
    const [one, two] = [await makeOperator(parts), await makeOperator(parts)]
    expect(draws).toBe(3)
    expect(one.secret?.expose()).not.toBe(two.secret?.expose())
    expect((await parts.checks.credential(one.secret?.expose() ?? '')).facts?.id).toBe(one.record.id)
  })

  it('lists newest first, page by page', async () => {
    const parts = await open()
    for (let index = 0; index < 5; index++) {
      parts.clock.advance(1_000)
      await parts.credentials.create(testOperator, { ...verify, name: `Number ${index}` })
    }
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await parts.credentials.list({ limit: 2, cursor })
      if (isProblem(page)) throw new Error(page.problem)
      names.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(names).toEqual(['Number 4', 'Number 3', 'Number 2', 'Number 1', 'Number 0'])
    expect(await parts.credentials.list({ cursor: 'AAAA' })).toMatchObject({ problem: 'invalid_cursor' })
  })
})

contractSuite('the operator key of an unattended installation', (open) => {
  const text = 'f3b1c9d07a5e4286b0cd91e27f6a8354'

  it('is made known once, and a changed value replaces it', async () => {
    const parts = await open()
    await parts.credentials.ensureOperator(new Secret(text))
    await parts.credentials.ensureOperator(new Secret(text))
    expect((await parts.checks.credential(text)).facts?.kind).toBe('operator')
    const page = await parts.credentials.list({})
    expect('items' in page && page.items.map(({ masked }) => masked)).toEqual(['kwo_••••••••'])
    await parts.credentials.ensureOperator(new Secret(text.toUpperCase()))
    expect((await parts.checks.credential(text)).facts).toBeUndefined()
    expect((await parts.checks.credential(text.toUpperCase())).facts?.kind).toBe('operator')
    expect(await parts.setup.issue()).toBeNull()
  })

  it.each([
    ['short', 'f3b1c9d07a5e4286b0cd91e27f6a835'],
    ['one letter', 'a'.repeat(40)],
    ['repeated', 'f3b1c9d07a5e42'.repeat(4)],
    ['few letters', 'abcabbcabcabcbabcabcabcbacbacbacbabc'],
    ['well known', 'change-me-f3b1c9d07a5e4286b0cd91e27f6a8354'],
    ['not a token', 'f3b1c9d07a5e4286b0cd91e27f6a 8354é'],
    ['long', 'f3b1c9d07a5e4286'.concat('0123456798abcdefxyz'.repeat(14))],
  ])('refuses a value that is %s, in a sentence without it, and stores nothing', async (_, value) => {
    const parts = await open()
    const refusal = await parts.credentials.ensureOperator(new Secret(value)).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ name: 'StartError' })
    expect(String(refusal)).toContain('KEYWRIGHT_OPERATOR_KEY')
    expect(String(refusal)).not.toContain(value)
    expect(await parts.read.selectFrom('credentials').selectAll().execute()).toEqual([])
  })
})

contractSuite('set-up', (open, kind) => {
  const caller = { requestId: 'request-1' }

  it('makes the first operator with a link that works once', async () => {
    const parts = await open()
    const token = (await parts.setup.issue())?.expose() ?? ''
    expect(await parts.setup.isOpen(token)).toBe(true)
    const operator = await parts.setup.complete(token, caller)
    if (isProblem(operator)) throw new Error(operator.problem)
    expect((await parts.checks.credential(operator.secret?.expose() ?? '')).facts?.kind).toBe('operator')
    expect(await parts.setup.isOpen(token)).toBe(false)
    expect(await parts.setup.complete(token, caller)).toMatchObject({ problem: 'setup_closed' })
    expect(await parts.setup.issue()).toBeNull()
  })

  it('accepts exactly one of two at once', async () => {
    const parts = await open()
    const token = (await parts.setup.issue())?.expose() ?? ''
    const answers = await Promise.all([1, 2, 3].map(() => parts.setup.complete(token, caller)))
    expect(answers.filter((answer) => !isProblem(answer))).toHaveLength(1)
    expect(await parts.read.selectFrom('credentials').select('id').execute()).toHaveLength(1)
  })

  it('forgets an earlier link, and closes where an operator exists by another way', async () => {
    const parts = await open()
    const first = (await parts.setup.issue())?.expose() ?? ''
    const second = (await parts.setup.issue())?.expose() ?? ''
    expect([await parts.setup.isOpen(first), await parts.setup.isOpen(second)]).toEqual([false, true])
    await makeOperator(parts)
    expect(await parts.setup.isOpen(second)).toBe(false)
    expect(await parts.setup.complete(second, caller)).toMatchObject({ problem: 'setup_closed' })
    expect(await parts.setup.complete('no token', caller)).toMatchObject({ problem: 'setup_closed' })
  })

  // One server alone uses an embedded database.
  if (kind === 'sqlite') return

  it('of servers that start together every link works until one of them is used', async () => {
    const parts = await open()
    const others = [1, 2, 3].map(() => setupOf(parts.store.context))
    const tokens = await Promise.all(others.map(async ({ issue }) => (await issue())?.expose() ?? ''))
    expect(new Set(tokens).size).toBe(3)
    // Whichever server is asked.
    const isOpen = () => Promise.all(tokens.map((token) => parts.setup.isOpen(token)))
    expect(await isOpen()).toEqual([true, true, true])
    const answers = await Promise.all(
      tokens.map(async (token, index) => await others[(index + 1) % 3]?.complete(token, caller)),
    )
    const refused = answers.flatMap((answer) => (isProblem(answer) ? [answer] : []))
    expect(refused).toMatchObject([{ problem: 'setup_closed' }, { problem: 'setup_closed' }])
    expect(await parts.read.selectFrom('credentials').select('id').execute()).toHaveLength(1)
    expect(await isOpen()).toEqual([false, false, false])
    expect(await parts.read.selectFrom('setup_links').select('digest').execute()).toEqual([])
    expect(await others[0]?.issue()).toBeNull()
  })

  it('of a server that starts an hour later makes the older links void', async () => {
    const parts = await open()
    const issue = async () => (await setupOf(parts.store.context).issue())?.expose() ?? ''
    const first = await issue()
    parts.clock.advance(3_599_999)
    const second = await issue()
    expect([await parts.setup.isOpen(first), await parts.setup.isOpen(second)]).toEqual([true, true])
    parts.clock.advance(1)
    const third = await issue()
    const all = [first, second, third]
    expect(await Promise.all(all.map((token) => parts.setup.isOpen(token)))).toEqual([false, true, true])
    expect(await parts.setup.complete(first, caller)).toMatchObject({ problem: 'setup_closed' })
  })
})
