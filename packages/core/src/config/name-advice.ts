import type { ResolvedConfig } from './resolved.ts'
import type { Text } from './types.ts'

const nameCharactersMax = 200
const trailing = /[\p{N}\s#.,:;_()-]/u

/** A name without case, without a trailing number and with single spaces. */
function essence(name: string): string {
  const characters = [...name.normalize('NFKC').toLowerCase()]
  while (characters.length > 0 && trailing.test(characters[characters.length - 1] as string)) characters.pop()
  return characters
    .join('')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .join(' ')
}

/** A text in each of its languages: people name keys in any of them. */
export const everyLanguage = (value: Text): readonly string[] =>
  typeof value === 'string' ? [value] : Object.values(value)

/** The advice for a name that says nothing about what its key is for (`Key 1`, `Test`); `null`: the name is fine, or no advice is configured. */
export function nameAdvice(
  name: string,
  config: { readonly fields: { readonly name: Pick<ResolvedConfig['fields']['name'], 'advice'> } },
): Text | null {
  const { advice } = config.fields.name
  if (advice === null || name.length > nameCharactersMax) return null
  const said = essence(name)
  // A name of nothing but digits and punctuation says as little as any on the list.
  if (said === '') return name.trim() === '' ? null : advice.text
  return advice.vague.flatMap(everyLanguage).some((vague) => essence(vague) === said) ? advice.text : null
}
