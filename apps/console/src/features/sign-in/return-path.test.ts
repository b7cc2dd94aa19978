import { describe, expect, it } from 'vitest'
import { returnPath } from './return-path.ts'

describe('the path after signing in', () => {
  it.each([
    ['/accounts/acc_1/keys', '/accounts/acc_1/keys'],
    ['/accounts/acc_1/keys?state=active&search=crm#top', '/accounts/acc_1/keys?state=active&search=crm#top'],
    ['/', '/'],
  ])('a path of ours is kept: %s', (wanted, path) => {
    expect(returnPath(wanted)).toBe(path)
  })

  it.each([
    undefined,
    '',
    'accounts',
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
  ])('nobody is sent to another site: %j', (wanted) => {
    expect(returnPath(wanted)).toBe('/')
  })

  it.each(['/sign-in', '/sign-in?returnTo=/sign-in', '/new-password', '/setup/abc', '/x/../sign-in'])(
    'nobody is sent back to an entrance: %s',
    (wanted) => {
      expect(returnPath(wanted)).toBe('/')
    },
  )
})
