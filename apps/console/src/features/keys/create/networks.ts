import { formatAddress, parseAddress, parseRange } from '@keywright/core'

/** How many networks a key is limited to at most. */
export const networksMax = 100

/** What is wrong with a network that someone typed; `null`: nothing. */
export type NetworkFault =
  | { readonly kind: 'odd'; readonly text: string }
  /** A range whose address has bits beyond its length; `range` is the one that holds it. */
  | { readonly kind: 'bits'; readonly text: string; readonly range: string }
  | { readonly kind: 'many' }

function rangeAround(text: string): string | undefined {
  const [addressText = '', bitsText = ''] = text.split('/')
  const address = parseAddress(addressText)
  if (address === undefined || !/^\d{1,3}$/.test(bitsText)) return undefined
  const bits = Number(bitsText)
  const short = !addressText.includes(':')
  if (bits > (short ? 32 : 128)) return undefined
  const kept = bits + (short ? 96 : 0)
  const words = address.map((word, index) => {
    const inWord = Math.min(32, Math.max(0, kept - index * 32))
    return inWord === 0 ? 0 : (word & (0xffffffff << (32 - inWord))) >>> 0
  })
  const [first = 0, second = 0, third = 0, fourth = 0] = words
  return `${formatAddress([first, second, third, fourth])}/${bits}`
}

/** Checks the networks that someone typed and says what is wrong with the first bad one. */
export function networkFault(networks: readonly string[]): NetworkFault | null {
  if (networks.length > networksMax) return { kind: 'many' }
  for (const text of networks) {
    if (parseRange(text) !== undefined) continue
    const range = rangeAround(text)
    return range === undefined || parseRange(range) === undefined
      ? { kind: 'odd', text }
      : { kind: 'bits', text, range }
  }
  return null
}
