/** Why a body is not what it should be, in a sentence that names the place and how to mend it. */
export interface Refused {
  readonly refused: string
}

/** Makes a refusal. */
export const refused = (sentence: string): Refused => ({ refused: sentence })

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
