import type { Created } from '../../storage/ports.ts'

/** The one place where a secret leaves: the text of what was just created, or `null` on a repetition. */
export const secretOf = ({ secret }: Created<unknown>): string | null => secret?.expose() ?? null
