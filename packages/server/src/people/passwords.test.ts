import { expect, it } from 'vitest'
import { passwordFault } from './passwords.ts'

const email = 'ada.lovelace@example.com'

it('a password has 12 to 128 characters of any kind', () => {
  for (const good of [
    'seven quiet herons',
    'ünïcödé ist schön',
    String.fromCodePoint(...Array.from({ length: 128 }, (_, index) => 0x1f400 + index)),
    'correct pony staple',
    'x7#kQ9!mZ2$w',
    '            a b c',
  ])
    expect([good, passwordFault(good, email)]).toEqual([good, undefined])
  for (const bad of [
    '',
    'seven herons'.slice(0, 11),
    'x y'.repeat(43),
    '\u{1F511}'.repeat(11),
    '\ud800 seven quiet herons',
  ])
    expect([bad, passwordFault(bad, email)]).toEqual([bad, expect.stringMatching(/\.$/)])
})

it('what is widely known, repeats itself or runs along is refused', () => {
  for (const bad of [
    'password1234',
    'Password2026!',
    'passwordpassword',
    'PASSWORD____1',
    'iloveyouforever',
    'correcthorsebatterystaple',
    'qwertyuiop123',
    'administrator1',
    'aaaaaaaaaaaaa',
    'abcabcabcabcabc',
    '121212121212',
    '123456789012',
    '098765432109',
    'abcdefghijklm',
    'zyxwvutsrqponm',
    'qwertyuiopas',
    'changeme-changeme-',
    'Keywright2026!!',
  ])
    expect([bad, passwordFault(bad, email)]).toEqual([bad, expect.stringMatching(/\.$/)])
})

it('the person’s own address is no password', () => {
  for (const bad of [email, 'ADA.Lovelace@Example.com', 'ada.lovelace', 'ada.lovelace2026', 'ada.lovelaceada.lovelace'])
    expect([bad, passwordFault(bad, email)]).toEqual([bad, expect.stringMatching(/\.$/)])
})

it('a refusal never repeats the password', () => {
  for (const bad of ['zzzzzzzzzzzzz', 'tiny-secret']) expect(passwordFault(bad, email)).not.toContain(bad)
})
