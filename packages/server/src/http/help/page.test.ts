import { describe, expect, test } from 'vitest'
import { openTestServer, testDeps } from '../testing.ts'
import { helpPage } from './page.ts'
import { fullSource, resolved } from './sample.testing.ts'
import { en } from './words/en.ts'
import { fr } from './words/fr.ts'

const config = resolved(fullSource)
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

describe.each(['en', 'fr'])('the page in %s', (language) => {
  const page = helpPage(config, language)

  test('has one first heading, and leaves no level out', () => {
    const levels = matches(page, /<h([1-6])[ >]/g).map(Number)
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    expect(levels[0]).toBe(1)
    for (const [index, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1)
  })

  test('has landmarks, its language, a way past the header, and no script', () => {
    expect(page).toContain(`<html lang="${language}">`)
    expect(page).toContain('<a class="skip" href="#main">')
    for (const landmark of ['header', 'main', 'footer'])
      expect(matches(page, new RegExp(`<(${landmark})[ >]`, 'g'))).toHaveLength(1)
    expect(matches(page, /<nav (?:class="contents" )?aria-label(?:ledby)?="([^"]+)"/g)).toHaveLength(2)
    expect(page).not.toMatch(/<script|\son\w+=|style=/)
  })

  test('has ids once, and every anchor leads to one', () => {
    const ids = matches(page, /\sid="([^"]+)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    for (const anchor of matches(page, /(?:href="#|aria-labelledby=")([^"]+)"/g)) expect(ids).toContain(anchor)
    const sections = matches(page, /<section aria-labelledby="([^"]+)"/g)
    expect(matches(page, /<li><a href="#([^"]+)"/g)).toEqual(sections)
  })

  test('has tables with captions and headings, each in a region that the keyboard reaches', () => {
    const tables = matches(page, /(<table>[\s\S]*?<\/table>)/g)
    expect(tables.length).toBeGreaterThan(6)
    for (const table of tables) {
      expect(table).toMatch(/<caption id="[^"]+">[^<]+</)
      expect(table).not.toMatch(/<th(?! scope="(?:col|row|rowgroup)")[ >]/)
      expect(table).not.toMatch(/<tr>(?:(?!<\/tr>)[\s\S])*<td>(?:(?!<\/tr>)[\s\S])*<th/)
    }
    expect(
      matches(page, /<div class="wide" (role="region" aria-labelledby="[^"]+" tabindex="0")><table>/g),
    ).toHaveLength(tables.length)
  })

  test('links to itself in the other language, named in that language', () => {
    expect(page).toContain('<a href="/help?language=en" hreflang="en" lang="en"')
    expect(page).toContain('<a href="/help?language=fr" hreflang="fr" lang="fr"')
    expect(page).toMatch(new RegExp(`lang="${language}" aria-current="true">`))
    expect(page).toContain('>Français</a>')
  })
})

test('every text of the configuration is escaped', () => {
  const evil = `<script>"'&`
  const poisoned = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => poisoned(item, key))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, name)]))
    }
    return typeof value === 'string' && texts.has(key) && !/^(requests|all)$/.test(value) ? `${value}${evil}` : value
  }
  const texts = new Set(
    'name en fr one many menu create done label hint vague text examples description example advice notEditable warning title detail check tips body items active paused revoked expired'.split(
      ' ',
    ),
  )
  // A member that is an object is walked into, so that only texts are changed.
  const page = helpPage(resolved(poisoned(fullSource, '') as typeof fullSource), 'en')
  expect(page).not.toContain('<script')
  expect(page).not.toContain(evil.slice(8))
  expect(page.split('&lt;script&gt;&quot;&#39;&amp;').length).toBeGreaterThan(100)
})

test('numbers, durations and lists are written as the language does', () => {
  const plain = (language: string) => helpPage(config, language).replaceAll(/<[^>]+>/g, ' ')
  expect(plain('en')).toMatch(/1,500 per minute, at most 20 at once/)
  expect(plain('en')).toContain('9,000 in 5 minutes')
  expect(plain('en')).toContain('none (the old key stops at once) or 2 hours')
  expect(plain('fr')).toMatch(/1\s500 par minute, au plus 20 à la fois/)
  expect(plain('fr')).toMatch(/9\s000 en 5\sminutes/)
  expect(plain('fr')).toMatch(/2\sheures/)
})

test('French has its spaces before punctuation, which do not break', () => {
  const said = helpPage(config, 'fr')
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replaceAll(/<(pre|code)[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]+>/g, '')
  expect(said).not.toMatch(/ [:;!?»]|« /)
  expect(said).toMatch(/\u00a0:/)
})

test('a language without a catalogue gets our sentences in English, and says so', () => {
  const page = helpPage(
    resolved({ ...fullSource, product: { name: { en: 'Parcels', de: 'Pakete' }, languages: ['en', 'de'] }, words: {} }),
    'de',
  )
  expect(page).toContain('<html lang="en">')
  expect(page).toContain('Pakete')
  expect(page).toContain(en.create.title)
})

test('French is French throughout', () => {
  const pairs = (left: unknown, right: unknown, path: string): readonly string[] => {
    if (typeof left === 'string') return left === right && left !== '' ? [path] : []
    if (typeof left !== 'object' || left === null) return []
    return Object.entries(left).flatMap(([key, value]) =>
      pairs(value, (right as Record<string, unknown>)[key], `${path}.${key}`),
    )
  }
  expect(pairs(en, fr, 'words')).toEqual([])
})

describe('GET /help', () => {
  const open = async () => openTestServer(testDeps({ config: () => config }))
  const ask = async (path: string, accept?: string) => {
    const server = await open()
    try {
      return await server.send('GET', path, accept === undefined ? {} : { headers: [['Accept-Language', accept]] })
    } finally {
      await server.close()
    }
  }

  test.each([
    ['/help', undefined, 'en'],
    ['/help', 'fr-CA, en;q=0.5', 'fr'],
    ['/help?language=fr', 'en', 'fr'],
    ['/help?language=xx', 'fr', 'fr'],
    ['/help?language=%3Cscript%3E', undefined, 'en'],
    [`/help?language=${'a'.repeat(2_000)}`, undefined, 'en'],
  ])('%s with Accept-Language %s is in %s', async (path, accept, language) => {
    const answer = await ask(path, accept)
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-language': language,
      vary: 'Accept-Language',
    })
    expect(answer.text).toBe(helpPage(config, language))
  })

  test('needs no sign-in and runs nothing from anywhere', async () => {
    const { headers } = await ask('/help')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /)
    expect(headers['content-security-policy']).not.toMatch(/script|unsafe|https?:/)
  })
})

describe('contrast of the pages of our own', () => {
  const style = /<style>([\s\S]*)<\/style>/.exec(helpPage(config, 'en'))?.[1] ?? ''
  const [light = '', dark = ''] = matches(style, /:root\{([^}]*)\}/g)
  const tokens = (text: string) =>
    new Map([...text.matchAll(/--([a-z-]+):(#[0-9a-f]{3,6})/g)].map((match) => [match[1] ?? '', match[2] ?? '']))
  const luminance = (hex: string) => {
    const digits = hex.length === 4 ? hex.slice(1).replaceAll(/./g, '$&$&') : hex.slice(1)
    const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
      const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (one: string, other: string) => {
    const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((left, right) => left - right)
    return (high + 0.05) / (low + 0.05)
  }

  test.each([
    ['light', light],
    ['dark', dark],
  ])('in %s every text has 4.5:1 at least', (_, text) => {
    const token = tokens(text)
    const of = (name: string) => token.get(name) ?? 'missing'
    const pairs = ['ink', 'soft', 'accent'].flatMap((ink) => ['paper', 'tint'].map((paper) => [ink, paper] as const))
    for (const [ink, paper] of [...pairs, ['on-accent', 'accent'], ['ink', 'caution-tint']] as const) {
      expect(contrast(of(ink), of(paper)), `${ink} on ${paper}`).toBeGreaterThanOrEqual(4.5)
    }
  })
})
