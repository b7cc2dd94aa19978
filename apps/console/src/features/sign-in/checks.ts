import type { Say } from '../../locales/words.tsx'
import type { Check } from './use-fields.ts'

const charactersMin = 12
const charactersMax = 128

/** Whether a text can be an address at all; whether it exists, only its owner knows. */
export const checkEmail =
  (say: Say): Check =>
  (value) => {
    if (value.trim() === '') return say('signIn.emailMissing')
    return /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : say('signIn.emailOdd')
  }

/** The length that a new password must have, in characters as people count them; the rest the server judges. */
export const checkNewPassword =
  (say: Say): Check =>
  (value) => {
    const characters = [...value].length
    if (characters < charactersMin) return say('signIn.newPassword.missing', { count: charactersMin - characters })
    return characters > charactersMax ? say('signIn.newPassword.tooLong') : undefined
  }
