import { lookUpLanguage } from '@keywright/core'

const rangesMax = 20

/** The ranges of `Accept-Language`, most wanted first (RFC 9110 section 12.5.4). */
function rangesOf(header: string): readonly string[] {
  return header
    .split(',', rangesMax)
    .map((each) => {
      const [range = '', ...parameters] = each.split(';').map((part) => part.trim())
      const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2)
      return { range, weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ range, weight }) => range.length > 0 && range.length <= 35 && weight > 0 && weight <= 1)
    .sort((left, right) => right.weight - left.weight)
    .map(({ range }) => range)
}

/** The language to answer in: the one asked for, else the first acceptable one, else the default. */
export function chooseLanguage(
  asked: string | undefined,
  acceptLanguage: string | null,
  available: readonly [string, ...string[]],
): string {
  for (const range of [...(asked === undefined ? [] : [asked]), ...rangesOf(acceptLanguage ?? '')]) {
    const found = range === '*' ? available[0] : lookUpLanguage(range, available)
    if (found !== undefined) return found
  }
  return available[0]
}
