import { type EngineLimitAnswer, type EngineLimitRequest, limitStateOf, retryAfterOf } from '@keywright/core'

/** The arguments of the script after its keys. Numbers are written so that they read back as the same double. */
export const scriptArguments = (
  what: 'take' | 'give',
  requests: readonly EngineLimitRequest[],
  cost: number,
): string[] => [
  what,
  String(cost),
  ...requests.flatMap(({ rates }) => [
    String(rates.length),
    ...rates.flatMap(({ name, emissionMs, toleranceMs }) => [name, String(emissionMs), String(toleranceMs)]),
  ]),
]

/** What the script answered to a taking. Times are counted from the moment of the answer, so that now is 0. */
export function readAnswer(reply: string, requests: readonly EngineLimitRequest[], cost: number): EngineLimitAnswer {
  const [verdict, ...aheads] = reply.split(' ')
  const rates = requests.flatMap((request) => request.rates)
  if ((verdict !== '0' && verdict !== '1') || aheads.length !== rates.length)
    throw new Error('Redis answered something else than the limits script does.')
  const taken = verdict === '1'
  const waits = taken ? [0] : rates.map((rate, index) => retryAfterOf(rate, Number(aheads[index]), 0, cost))
  return {
    taken,
    states: rates.map((rate, index) => limitStateOf(rate, Number(aheads[index]), 0)),
    retryAfterMs: waits.includes(null) ? null : Math.max(...waits.map((wait) => wait ?? 0)),
  }
}
