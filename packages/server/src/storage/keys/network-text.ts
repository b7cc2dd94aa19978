import { type NetworkRange, parseRange } from '@keywright/core'

/** The one text of a range of networks (RFC 5952 for IPv6), always with its length; `undefined` where the text is none. */
export function normalizeNetwork(text: string): string | undefined {
  const range = parseRange(text.trim())
  return range === undefined ? undefined : networkText(range)
}

function networkText({ address, bits }: NetworkRange): string {
  const [first, second, third, fourth] = address
  if (first === 0 && second === 0 && third === 0xffff && bits >= 96) {
    return `${fourth >>> 24}.${(fourth >>> 16) & 255}.${(fourth >>> 8) & 255}.${fourth & 255}/${bits - 96}`
  }
  const groups = address.flatMap((word) => [word >>> 16, word & 0xffff])
  return `${compress(groups)}/${bits}`
}

/** The longest run of at least two zero groups, the first of several, becomes `::`. */
function compress(groups: readonly number[]): string {
  let best = { start: 0, length: 1 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  if (best.length === 1) return text(groups)
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`
}
