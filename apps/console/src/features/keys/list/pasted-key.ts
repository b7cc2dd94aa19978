const secretCharactersMin = 38
const partialCharactersMin = 12

/** The text of a key out of what was pasted: quotes, an `Authorization` header or a line of `.env` around it are left out. */
export const keyTextOf = (pasted: string): string =>
  pasted
    .trim()
    .replace(/^[A-Z][A-Z0-9_]*=/, '')
    .replace(/^(?:authorization|x-api-key)\s*:\s*/i, '')
    .replace(/^bearer\s+/i, '')
    .replace(/^["'`]+|["'`]+$/g, '')

/**
 * Whether a text is a key or a good part of one, so that it must not go into an address, a cache or a log. With the prefixes of the
 * configuration also pieces are recognized; a public id (`key_` and 20 characters) is none.
 */
export function looksSecret(text: string, prefixes: readonly string[] = []): boolean {
  const key = keyTextOf(text)
  if (/\s/.test(key)) return false
  const last = key.slice(key.lastIndexOf('_') + 1)
  if (!/^[0-9A-Za-z]+$/.test(last)) return false
  if (last.length >= secretCharactersMin) return key.includes('_') || /\d/.test(last)
  return last.length >= partialCharactersMin && prefixes.some((prefix) => key.startsWith(`${prefix}_`))
}
