import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { type Catalogue, en } from './en.ts'

/** The languages that the console speaks; a further one is a file beside `en.ts` and a line here. */
const catalogues: Readonly<Record<string, () => Promise<Catalogue>>> = {
  en: async () => en,
  fr: () => import('./fr.ts').then(({ fr }) => fr),
}

type Plural = { readonly one: string; readonly other: string }
type Entry = string | Plural

/** The paths of all entries: `keys.title`. */
type Paths<Node> = {
  [Name in keyof Node & string]: Node[Name] extends Entry ? Name : `${Name}.${Paths<Node[Name]>}`
}[keyof Node & string]

/** The path of an entry of the catalogue. */
export type Phrase = Paths<Catalogue>

type Values = Readonly<Record<string, string | number>>

/** Says an entry of the catalogue in the language of the page; `count` chooses the plural. */
export type Say = (phrase: Phrase, values?: Values) => string

interface Words {
  readonly language: string
  readonly say: Say
  readonly chooseLanguage: (language: string) => void
}

const Context = createContext<Words | null>(null)
const storageName = 'keywright-language'

function entryAt(catalogue: Catalogue, phrase: Phrase): Entry {
  let node: unknown = catalogue
  for (const name of phrase.split('.')) node = (node as Record<string, unknown>)[name]
  return node as Entry
}

/** Makes the words of one catalogue. */
export function sayWith(catalogue: Catalogue, language: string): Say {
  const plurals = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (phrase, values = {}) => {
    const entry = entryAt(catalogue, phrase)
    const text =
      typeof entry === 'string' ? entry : plurals.select(Number(values['count'])) === 'one' ? entry.one : entry.other
    return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      if (value === undefined) return whole
      return typeof value === 'number' ? numbers.format(value) : value
    })
  }
}

function firstLanguage(): string {
  const wanted = [localStorage.getItem(storageName), ...navigator.languages]
  for (const language of wanted) {
    const base = language?.split('-')[0]?.toLowerCase()
    if (base !== undefined && Object.hasOwn(catalogues, base)) return base
  }
  return 'en'
}

/** Loads the catalogue of the person's language and gives it to the page. */
export function WordsProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  const { data: catalogue } = useQuery({
    queryKey: ['words', language],
    queryFn: () => (catalogues[language] ?? (async () => en))(),
    staleTime: Number.POSITIVE_INFINITY,
    // What is on the page stays there, and what was typed, until the other language has come.
    placeholderData: keepPreviousData,
    ...(language === 'en' ? { initialData: en } : {}),
  })
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const chooseLanguage = useCallback((chosen: string) => {
    localStorage.setItem(storageName, chosen)
    setLanguage(Object.hasOwn(catalogues, chosen) ? chosen : 'en')
  }, [])
  const words = useMemo(
    () => (catalogue === undefined ? null : { language, say: sayWith(catalogue, language), chooseLanguage }),
    [catalogue, language, chooseLanguage],
  )
  return words === null ? null : <Context value={words}>{children}</Context>
}

/** The language of the page, its words, and the way to another language. */
export function useWords(): Words {
  const words = useContext(Context)
  if (words === null) throw new Error('useWords outside of WordsProvider')
  return words
}

/** The languages that the console knows, by their own names. */
export const knownLanguages: readonly { readonly id: string; readonly name: string }[] = Object.keys(catalogues).map(
  (id) => ({ id, name: new Intl.DisplayNames([id], { type: 'language' }).of(id) ?? id }),
)
