import { describe, expect, it } from 'vitest'
import { chooseLanguage } from './language.ts'

const available = ['en', 'fr', 'pt-BR'] as const

describe('the language of an answer', () => {
  it.each<[string | undefined, string | null, string]>([
    [undefined, null, 'en'],
    [undefined, 'fr-CA,en;q=0.5', 'fr'],
    [undefined, 'de, fr;q=0.4, en;q=0.6', 'en'],
    [undefined, 'fr;q=0, en', 'en'],
    [undefined, '*', 'en'],
    ['fr', 'en', 'fr'],
    ['de', 'fr', 'fr'],
    ['PT-br', null, 'pt-BR'],
    [undefined, ';;;,q=1,', 'en'],
    [undefined, `${'x,'.repeat(1_000)}fr`, 'en'],
  ])('asked %s, accepting %s: %s', (asked, accepted, language) => {
    expect(chooseLanguage(asked, accepted, available)).toBe(language)
  })
})
