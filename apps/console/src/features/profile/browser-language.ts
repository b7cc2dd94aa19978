/** The first of a browser's languages that is offered; `en` where none is. */
export function browserLanguage(wanted: readonly string[], offered: readonly { readonly id: string }[]): string {
  for (const tag of wanted) {
    const base = tag.split('-')[0]?.toLowerCase()
    if (offered.some(({ id }) => id === base)) return base ?? 'en'
  }
  return 'en'
}
