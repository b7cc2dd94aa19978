/** How many characters a name has at most. */
export const nameCharactersMax = 200

/** How many characters a description has at most. */
export const descriptionCharactersMax = 2_000

// Controls, soft hyphen, marks without width, line and paragraph separators, and what overrides the direction of writing.
const invisible = /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u
const invisibleBesidesLines =
  /(?![\t\n\r])[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u

/** A text that was accepted, in the form in which it is kept, or the sentence that says what is wrong and how to mend it. */
export type CleanText = { readonly text: string } | { readonly fault: string }

/** A name as it is kept: trimmed, NFC, 1 to 200 characters, nothing that is not seen or that turns the direction of writing. */
export const cleanName = (given: string): CleanText => clean(given, nameCharactersMax, invisible)

/** A description as it is kept: like a name but longer, with lines. */
export const cleanDescription = (given: string): CleanText =>
  clean(given, descriptionCharactersMax, invisibleBesidesLines)

const searchUnitsMax = 400

/** A text in the form in which names are searched and sorted: compatibility forms and case are one; nothing at all where there is no name. */
export const searchTextOf = (name: string | null): string =>
  // Some characters become eighteen; what is kept must fit a cursor.
  (name ?? '').normalize('NFKC').toLowerCase().slice(0, searchUnitsMax).toWellFormed()

function clean(given: string, charactersMax: number, forbidden: RegExp): CleanText {
  // A text this long cannot be short in characters; counting them would only cost time.
  if (given.length > charactersMax * 4) return { fault: tooLong(charactersMax) }
  if (!given.isWellFormed()) return { fault: 'The text contains half of a surrogate pair. Send well-formed Unicode.' }
  const text = given.normalize('NFC').trim()
  if (text === '')
    return { fault: `The text is empty. Write 1 to ${charactersMax} characters, or leave the field out.` }
  if ([...text].length > charactersMax) return { fault: tooLong(charactersMax) }
  const match = forbidden.exec(text)
  if (match !== null) {
    const code = (match[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
    return { fault: `The text contains the invisible character U+${code}. Remove it.` }
  }
  return { text }
}

const tooLong = (charactersMax: number): string => `The text is longer than ${charactersMax} characters. Shorten it.`

/** What an identifier of the adopter's own may be: 1 to 255 characters, kept exactly as given. */
export function externalIdFault(externalId: string): string | undefined {
  if (externalId === '' || externalId.length > 255) return 'Write 1 to 255 characters, or null for none.'
  if (!externalId.isWellFormed() || invisible.test(externalId)) return 'Remove the invisible or broken characters.'
  return undefined
}
