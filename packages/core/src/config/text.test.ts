import { describe, expect, test } from 'vitest'
import { languageTagPattern, text } from './text.ts'

describe('a text', () => {
  const greeting = { en: 'Hello', fr: 'Bonjour', 'fr-CA': 'Allô', 'zh-Hant': '你好' }

  test.each([
    ['fr', 'Bonjour'],
    ['FR', 'Bonjour'],
    ['fr-CA', 'Allô'],
    ['fr-ca-x1234', 'Allô'],
    ['fr-BE', 'Bonjour'],
    ['zh-Hant-TW', '你好'],
    ['zh', 'Hello'],
    ['frr', 'Hello'],
    ['constructor', 'Hello'],
    ['', 'Hello'],
  ])('in %s is the nearest, else in the default language', (language, expected) => {
    expect(text(greeting, language, 'en')).toBe(expected)
  })

  test('of one string is that string in every language', () => {
    expect(text('Hello', 'fr', 'en')).toBe('Hello')
  })

  test('without the default language is the first that there is', () => {
    expect(text({ fr: 'Bonjour' }, 'de', 'en')).toBe('Bonjour')
  })
})

test('language tags are told from other texts', () => {
  for (const tag of [
    'en',
    'fr',
    'pt-BR',
    'zh-Hant-TW',
    'es-419',
    'de-CH-1996',
    'sl-rozaj-biske',
    'haw',
    'de-DE-u-co-phonebk',
  ]) {
    expect(tag).toMatch(languageTagPattern)
  }
  for (const tag of [
    '',
    'e',
    'english',
    'en_US',
    'en-',
    '-en',
    'en--US',
    'constructor',
    'en-US-',
    'e n',
    'en\n',
    'x-private',
  ]) {
    expect(tag).not.toMatch(languageTagPattern)
  }
})
