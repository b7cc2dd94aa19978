import type { Position } from '@keywright/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testClock, testOperator } from '../../storage/testing.ts'
import { openServed } from '../served.testing.ts'
import { accepted, follow, type Ground, openGround, openNode, type TestNode } from './plane.testing.ts'
import { formatPosition } from './position.ts'

const opened: (() => unknown)[] = []
let ground: Ground
let credential: { readonly id: string; readonly secret: string }
beforeEach(async () => {
  ground = await openGround()
  credential = await ground.credential('Shop')
})
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
  await ground.close()
})

async function node(options?: Parameters<typeof openNode>[1]): Promise<TestNode> {
  const made = await openNode(ground, options)
  opened.push(() => made.close())
  return made
}

async function following(at: TestNode, from: Parameters<typeof follow>[2] = {}, token = credential.secret) {
  const followed = await follow(at, token, from)
  opened.push(() => followed.leave())
  return followed
}

const textOf = (at: TestNode): string => formatPosition(at.engine.state.position as Position)

describe('the feed', () => {
  it('tells what changes when it is applied, with positions that the head takes', async () => {
    const at = await node()
    const before = textOf(at)
    const followed = await following(at)
    expect(followed.status).toBe(200)
    expect(followed.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(followed.headers.get('cache-control')).toBe('no-store')
    const account = await ground.account()
    const key = await ground.key(account)
    accepted(await ground.storage.keys.change(testOperator, key.id, 'revoke'))
    const events = await followed.reached(3)
    expect(events.map(({ type }) => type)).toEqual(['change', 'change', 'change'])
    expect((JSON.parse(events[2]?.data ?? '') as { scopes: string[] }).scopes).toContain(`key:${key.id}`)
    expect(events[2]?.id).toBe(textOf(at))
    const head = await at.call('GET', `/v1/head?after=${before}`, credential.secret)
    expect(head.json['changes']).toMatchObject(events.map(({ data }) => JSON.parse(data) as unknown))
  })

  it('goes on after Last-Event-ID, which is newer than the address that a browser connects to again', async () => {
    const at = await node()
    const before = textOf(at)
    await ground.account()
    const middle = textOf(at)
    await ground.account()
    const whole = await following(at, { after: before })
    expect(await whole.reached(2)).toHaveLength(2)
    const rest = await following(at, { after: before, lastEventId: middle })
    await ground.account()
    expect((await rest.reached(2)).map(({ id }) => id)).toEqual((await whole.reached(3)).slice(1).map(({ id }) => id))
  })

  it('waits for what another node has told before', async () => {
    const [near, far] = [await node(), await node({ applies: false })]
    await ground.account()
    const followed = await following(far, { after: textOf(near) })
    await ground.account()
    await far.engine.refresh()
    expect((await followed.reached(1)).map(({ type, id }) => [type, id])).toEqual([['change', textOf(near)]])
  })

  it('of a place that was pruned is a reset', async () => {
    const at = await node({ bounds: { entriesMax: 1, scopesMax: 100 } })
    const before = textOf(at)
    for (let count = 0; count < 3; count++) await ground.account()
    const followed = await following(at, { after: before })
    expect(await followed.reached(1)).toEqual([{ id: textOf(at), type: 'reset', data: '{}' }])
  })

  it('has no secret, digest, name or e-mail address in it', async () => {
    const at = await node()
    const followed = await following(at)
    const account = accepted(
      await ground.storage.accounts.create(testOperator, { name: 'Very Private Limited' }),
    ).record
    const key = await ground.key(account.id)
    const other = await ground.credential('A credential of Petra')
    accepted(await ground.storage.keys.update(testOperator, key.id, { name: 'of Petra', metadata: { note: 'plum' } }))
    const personal = { ...testOperator, network: '192.0.2.0/24', userAgent: 'Petras browser' }
    accepted(await ground.storage.keys.change(personal, key.id, 'revoke'))
    accepted(
      await ground.storage.members.create(testOperator, account.id, { role: 'admin', externalId: 'petra@example.com' }),
    )
    const head = await at.call('GET', `/v1/head?after=${textOf(at)}`, credential.secret)
    const count = (head.json['changes'] as unknown[]).length
    expect(count).toBe(0)
    await expect.poll(() => followed.text()).toContain(textOf(at))
    const rows = await ground.store.read.selectFrom('keys').select('digest').execute()
    const credentials = await ground.store.read.selectFrom('credentials').select('digest').execute()
    const hidden = [
      key.secret,
      other.secret,
      credential.secret,
      ...[...rows, ...credentials].map(({ digest }) => digest),
    ]
    for (const canary of [...hidden, 'Petra', 'petra', 'Private', 'plum', '192.0.2', 'browser'])
      expect(followed.text().includes(canary), 'a secret or a personal text stands in the feed').toBe(false)
  })

  it('ends with its credential, whose next request is refused; another goes on', async () => {
    const at = await node()
    const other = await ground.credential('Other')
    const [mine, others] = [await following(at), await following(at, {}, other.secret)]
    accepted(await ground.storage.credentials.delete(testOperator, credential.id))
    await mine.ended
    expect((await follow(at, credential.secret)).status).toBe(401)
    expect((await at.call('GET', '/v1/head', credential.secret)).status).toBe(401)
    await ground.account()
    expect((await others.reached(2)).map(({ type }) => type)).toEqual(['change', 'change'])
  })

  it('ends on another node when that has seen the deletion', async () => {
    const far = await node({ applies: false })
    const followed = await following(far)
    accepted(await ground.storage.credentials.delete(testOperator, credential.id))
    await far.engine.refresh()
    await followed.ended
  })

  it('is for operators as well, and for nobody who says nothing', async () => {
    const at = await node()
    expect((await following(at, {}, (await ground.operator()).secret)).status).toBe(200)
    expect((await following(at, {}, 'nobody')).status).toBe(401)
    expect((await fetch(`${at.url}/v1/feed`)).status).toBe(401)
  })

  it.each([
    ['after=nonsense', 'after'],
    ['after=a.1.b&after=a.1.b', 'after'],
    ['since=a.1.b', 'since'],
  ])('refuses %s', async (query, parameter) => {
    const at = await node()
    const answer = await at.call('GET', `/v1/feed?${query}`, credential.secret)
    expect([answer.status, answer.json['errors']]).toEqual([400, [{ parameter, detail: expect.any(String) }]])
  })

  it('says when to come again where there are too many, and gives up no place to those who are refused', async () => {
    const at = await node({ subscribersMax: 1 })
    await follow(at, credential.secret, { after: 'nonsense' })
    const followed = await following(at)
    const answer = await at.call('GET', '/v1/feed', credential.secret)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    followed.leave()
    await expect.poll(() => at.feed.counts.open).toBe(0)
    expect((await following(at)).status).toBe(200)
  })

  it('is refused where nothing can be proved, and leaves no place taken', async () => {
    const at = await node()
    await at.call('GET', '/v1/head', credential.secret)
    at.failing = true
    ground.clock.advance(2_000)
    const asked = at.call('GET', '/v1/feed', credential.secret)
    const { head } = at.reads
    await expect.poll(() => at.reads.head).toBeGreaterThan(head)
    ground.clock.advance(2_000)
    expect((await asked).status).toBe(503)
    expect(at.feed.counts.open).toBe(0)
  })
})

describe('a whole server', () => {
  it('wakes its feeds with each change, and ends them when it stops, without waiting for their readers', async () => {
    const server = await openServed(testClock())
    const { secret } = await server.make('/v1/credentials', {
      kind: 'verify',
      name: 'Shop',
      environment: 'live',
      audiences: ['api'],
    })
    const followed = await follow(server, secret)
    await server.make('/v1/accounts', { name: 'Acme' })
    expect((await followed.reached(1))[0]?.type).toBe('change')
    expect((await server.call('GET', '/metrics')).text).toContain('keywright_feeds_open 1')
    const document = (await server.call('GET', '/openapi.json')).text
    for (const path of ['/v1/head', '/v1/feed', '/v1/engine', '/v1/facts', '/v1/usage'])
      expect(document).toContain(path)
    let isEnded = false
    void followed.ended.then(() => {
      isEnded = true
    })
    await server.close()
    await followed.ended
    expect(isEnded).toBe(true)
    expect(server.lines.join('\n')).not.toContain('"level":"error"')
  })
})
