import { problem } from '@keywright/core'
import { describe, expect, it } from 'vitest'
import { problemAnswer, secure } from './respond.ts'

const about = { publicUrl: 'https://keys.example', requestId: 'request-1' }

describe('an answer', () => {
  it('with a cookie is kept by no cache, whatever the route says', () => {
    const headers = { 'Cache-Control': 'public, max-age=300' }
    expect(secure(new Response('', { headers }), about).headers.get('cache-control')).toBe('public, max-age=300')
    const withCookie = new Response('', { headers: { ...headers, 'Set-Cookie': 'a=b' } })
    expect(secure(withCookie, about).headers.get('cache-control')).toBe('no-store')
  })

  it('says that https is to be remembered only where there is https', () => {
    const plain = { ...about, publicUrl: 'http://localhost:3000' }
    expect(secure(new Response(''), plain).headers.has('strict-transport-security')).toBe(false)
    expect(secure(new Response(''), about).headers.has('strict-transport-security')).toBe(true)
  })
})

describe('a refusal', () => {
  it('that asks to wait says how long, in whole seconds, and its body nothing of it', () => {
    const after = (retryAfterSeconds?: number) =>
      problemAnswer(
        { ...problem('too_many_requests'), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
        about,
      )
    expect([after(17.2), after(0), after()].map(({ headers }) => headers['Retry-After'])).toEqual(['18', '1', '60'])
    expect(after(17).body).not.toContain('17')
  })

  it('of 401 names how one shows who one is', () => {
    for (const code of ['sign_in_required', 'sign_in_refused', 'credential_missing'] as const)
      expect(problemAnswer(problem(code), about).headers['WWW-Authenticate']).toBe('Bearer realm="keywright"')
  })
})
