/** What is plainly wrong with the address of a receiver, before the server judges it. */
export type AddressFault = 'urlMissing' | 'urlOdd' | 'urlPassword' | 'urlHash'

/** Judges the text of an address; whether the server sends there, only the server knows. `undefined`: nothing is wrong. */
export function addressFault(text: string): AddressFault | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return 'urlMissing'
  if (!URL.canParse(trimmed)) return 'urlOdd'
  const url = new URL(trimmed)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'urlOdd'
  if (url.username !== '' || url.password !== '') return 'urlPassword'
  return url.hash === '' ? undefined : 'urlHash'
}
