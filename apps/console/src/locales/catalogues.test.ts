import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { fr } from './fr.ts'

type Node = string | { readonly [name: string]: Node }

/** All texts of a catalogue with their paths. */
function textsOf(node: Node, path = ''): readonly (readonly [path: string, text: string])[] {
  if (typeof node === 'string') return [[path, node]]
  return Object.entries(node).flatMap(([name, inner]) => textsOf(inner, path === '' ? name : `${path}.${name}`))
}

const placeholders = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name))].sort()

const english = new Map(textsOf(en))
const french = textsOf(fr)

describe('what the console says', () => {
  it('keeps French signs of two parts on the line of the word before them', () => {
    const loose = french.filter(([, text]) => /[ \u202f][;:?!»]|«[ \u202f]|[^\s\u00a0][?!»](?=\s|$)/u.test(text))
    expect(loose).toEqual([])
  })

  it('uses the curly apostrophe in French', () => {
    expect(french.filter(([, text]) => /[a-zà-ÿ]'/iu.test(text))).toEqual([])
  })

  it('puts no value into French that English does not have', () => {
    const odd = french.filter(([path, text]) => {
      const known = placeholders(english.get(path) ?? '')
      // A singular says `one` in words where the plural has a number.
      return !placeholders(text).every((name) => known.includes(name) || name === 'count')
    })
    expect(odd).toEqual([])
  })

  it('neither shouts nor begs', () => {
    const texts = [...english, ...french].map(([, text]) => text)
    expect(texts.filter((text) => /!|\bplease\b|\bsuccessfully\b|s’il vous plaît|avec succès/iu.test(text))).toEqual([])
  })
})
