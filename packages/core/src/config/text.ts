import type { Text } from './types.ts'

/** A plausible language tag of BCP 47: language, script, region, variants, extensions. */
export const languageTagPattern =
  /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*$/i

/** The one of `available` that serves a language: itself or, shortened from the end, a wider one (lookup, RFC 4647 section 3.4). */
export function lookUpLanguage(language: string, available: readonly string[]): string | undefined {
  let range = language.toLowerCase()
  while (range !== '') {
    const found = available.find((tag) => tag.toLowerCase() === range)
    if (found !== undefined) return found
    range = range.slice(0, Math.max(0, range.lastIndexOf('-')))
    // A single letter or digit introduces what follows and cannot end a tag.
    if (/-[a-z0-9]$/.test(range)) range = range.slice(0, -2)
  }
  return undefined
}

/** A text in a language, else in the default language, else in the first that there is. */
export function text(value: Text, language: string, defaultLanguage: string): string {
  if (typeof value === 'string') return value
  const available = Object.keys(value)
  const tag = lookUpLanguage(language, available) ?? lookUpLanguage(defaultLanguage, available) ?? available[0]
  return tag === undefined ? '' : (value[tag] as string)
}
