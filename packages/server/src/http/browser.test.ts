import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../log.ts'
import { type RunningServer, serve } from '../server.ts'
import { readSettings } from '../settings.ts'
import { managedSource } from './testing.ts'

const password = 'seven quiet herons walk'

/** A server as a new user starts it, without any credential. */
async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
  writeFileSync(join(folder, 'keywright.config.json'), JSON.stringify(managedSource))
  const environment = {
    KEYWRIGHT_PORT: '0',
    KEYWRIGHT_DATA: join(folder, 'data'),
    KEYWRIGHT_CONFIG: join(folder, 'keywright.config.json'),
  }
  const read = readSettings({ environment, flags: {}, folder })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const lines: string[] = []
  const server = await serve(read.settings, {
    log: createLogger({ level: 'info', write: (line) => lines.push(line) }),
  })
  const close = async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { server, lines, close }
}

/** A browser at the server's own pages: it keeps cookies and sends what browsers send. */
function openBrowser({ url }: RunningServer) {
  const cookies = new Map<string, string>()
  const send = async (method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'sec-fetch-site': 'same-origin',
        ...(method === 'GET' ? {} : { origin: url }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      json: (text.startsWith('{') ? JSON.parse(text) : {}) as Readonly<Record<string, unknown>>,
    }
  }
  return { cookies, send }
}

let running: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  running = await start()
})
afterAll(() => running.close())

describe('T17: a person who sets up', () => {
  it('is the first operator and a member of a first account, signed in at once, whoever else tries at the same moment', async () => {
    const { server, lines } = running
    expect(new URL(server.url).hostname).toBe('localhost')
    const path = new URL(server.setupLink?.expose() ?? '').pathname
    const given = (name: string) => ({ name, email: `${name}@example.com`, password, accountName: 'Acme' })
    const weak = await openBrowser(server).send('POST', path, { ...given('ada'), password: 'short' })
    expect([weak.status, weak.json['code']]).toEqual([422, 'password_not_allowed'])
    const foreign = await openBrowser(server).send('POST', path, given('ada'), { origin: 'https://evil.example' })
    expect(foreign.json['code']).toBe('cross_site_refused')
    const people = ['ada', 'bo'].map((name) => ({ name, browser: openBrowser(server) }))
    const answers = await Promise.all(people.map(({ name, browser }) => browser.send('POST', path, given(name))))
    expect(answers.map(({ status }) => status)).toEqual([201, 404])
    const { browser } = people[0] as (typeof people)[number]
    const session = await browser.send('GET', '/v1/session')
    expect(session.json).toMatchObject({
      person: { name: 'ada', email: 'ada@example.com' },
      operator: true,
      memberships: [{ account: { id: answers[0]?.json['account'], name: 'Acme' }, role: 'admin', state: 'active' }],
    })
    expect((await browser.send('GET', '/v1/people')).json['items']).toHaveLength(1)
    expect((await browser.send('POST', path, given('eve'))).json['code']).toBe('setup_closed')
    expect(lines.join('')).not.toContain(password)
    expect(lines.join('')).not.toContain(path)
  })

  it('makes the first key in the browser, as member and as operator', async () => {
    const browser = openBrowser(running.server)
    expect((await browser.send('POST', '/v1/sign-in', { email: 'ada@example.com', password })).json).toEqual({
      next: 'done',
    })
    const session = await browser.send('GET', '/v1/session')
    const account = (session.json['memberships'] as { account: { id: string } }[])[0]?.account.id ?? ''
    for (const acting of [account, 'operator']) {
      const made = await browser.send(
        'POST',
        `/v1/accounts/${account}/keys`,
        { name: 'First', grant: 'unrestricted' },
        { 'keywright-acting': acting },
      )
      expect([acting, made.status]).toEqual([acting, 201])
    }
    const other = openBrowser(running.server)
    for (const [name, value] of browser.cookies) other.cookies.set(name, value)
    const refused = await other.send(
      'POST',
      `/v1/accounts/${account}/keys`,
      { name: 'x' },
      { origin: 'http://127.0.0.1:1' },
    )
    expect(refused.json['code']).toBe('cross_site_refused')
    const port = new URL(running.server.url).port
    const loopback = await other.send(
      'POST',
      `/v1/accounts/${account}/keys`,
      { name: 'x', grant: 'unrestricted' },
      { origin: `http://127.0.0.1:${port}` },
    )
    expect(loopback.status).toBe(201)
  })
})

describe('T10: who is removed or suspended', () => {
  it('loses the browser’s session and its rights at once, and gets the rights back when resumed', async () => {
    const operator = openBrowser(running.server)
    await operator.send('POST', '/v1/sign-in', { email: 'ada@example.com', password })
    const invited = await operator.send('POST', '/v1/operators/invitations', { email: 'bo@example.com' })
    expect(invited.status).toBe(201)
    const token = new URL(invited.json['link'] as string).hash.slice(1)
    const bo = openBrowser(running.server)
    expect((await bo.send('POST', '/v1/invitations/accept', { token, name: 'Bo', password })).status).toBe(200)
    expect((await bo.send('GET', '/v1/accounts')).status).toBe(200)
    const id = ((await bo.send('GET', '/v1/session')).json['person'] as { id: string }).id
    const suspend = () => operator.send('POST', `/v1/people/${id}/suspend`, { reason: 'left' })
    expect((await suspend()).json).toMatchObject({ suspended: true })
    expect((await bo.send('GET', '/v1/accounts')).json['code']).toBe('sign_in_required')
    expect((await bo.send('POST', '/v1/sign-in', { email: 'bo@example.com', password })).json['code']).toBe(
      'sign_in_refused',
    )
    expect((await suspend()).json['code']).toBe('person_suspended')
    expect((await operator.send('POST', `/v1/people/${id}/resume`, {})).json).toMatchObject({ suspended: false })
    expect((await operator.send('POST', `/v1/people/${id}/resume`, {})).json['code']).toBe('person_not_suspended')
    const again = openBrowser(running.server)
    expect((await again.send('POST', '/v1/sign-in', { email: 'bo@example.com', password })).status).toBe(200)
    expect((await again.send('GET', '/v1/accounts')).status).toBe(200)
    expect((await operator.send('POST', `/v1/people/${id}/end-sessions`, {})).json).toEqual({ ended: 1 })
    expect((await again.send('GET', '/v1/accounts')).json['code']).toBe('sign_in_required')
  })

  it('sets a new password by a link that an operator made', async () => {
    const operator = openBrowser(running.server)
    await operator.send('POST', '/v1/sign-in', { email: 'ada@example.com', password })
    const items = (await operator.send('GET', '/v1/people?search=bo')).json['items'] as { id: string }[]
    const made = await operator.send('POST', `/v1/people/${items[0]?.id}/password-link`, {})
    const link = new URL(made.json['link'] as string)
    expect([link.origin, link.pathname]).toEqual([running.server.url, '/new-password'])
    const chosen = 'nine loud geese swim by'
    const complete = () =>
      openBrowser(running.server).send('POST', '/v1/password-resets/complete', {
        token: link.hash.slice(1),
        password: chosen,
      })
    expect([(await complete()).status, (await complete()).status]).toEqual([204, 404])
    expect(
      (await openBrowser(running.server).send('POST', '/v1/sign-in', { email: 'bo@example.com', password: chosen }))
        .status,
    ).toBe(200)
    for (const who of ['per_nobody', '%00'])
      expect((await operator.send('POST', `/v1/people/${who}/password-link`, {})).json['code']).toBe('person_not_found')
  })

  it('cannot be the last operator', async () => {
    const operator = openBrowser(running.server)
    await operator.send('POST', '/v1/sign-in', { email: 'ada@example.com', password })
    const people = (await operator.send('GET', '/v1/people')).json['items'] as { id: string; email: string }[]
    const suspend = (who: string) => {
      const id = people.find(({ email }) => email === `${who}@example.com`)?.id
      return operator.send('POST', `/v1/people/${id}/suspend`, {})
    }
    expect((await suspend('bo')).status).toBe(200)
    const answer = await suspend('ada')
    expect([answer.status, answer.json['code']]).toEqual([409, 'last_operator'])
    expect((await operator.send('GET', '/v1/session')).status).toBe(200)
  })
})
