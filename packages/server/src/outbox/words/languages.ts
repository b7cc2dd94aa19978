import { en } from './en.ts'
import { fr } from './fr.ts'
import type { MailWords } from './words.ts'

/** Every language that mails are written in, by its tag; the first is the one for everybody else. */
export const mailWords: Readonly<Record<string, MailWords>> & { readonly en: MailWords } = { en, fr }
