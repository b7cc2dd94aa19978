import {
  type CredentialFacts,
  isKeyText,
  isProblem,
  type Position,
  type Problem,
  type ProblemError,
  problem,
} from '@keywright/core'
import { redact } from '../../log.ts'
import { sendJson } from './answer.ts'
import { formatPosition } from './position.ts'
import { asVerifier, type DoorDeps, fail, refuse, type Visit, withJson } from './visit.ts'

const bytesMax = 262_144
/** Keys and accounts that one request may ask for. */
const asksMax = 100
const members = ['keys', 'accounts']

/** Answers `POST /v1/facts`: what is known of presented keys and of accounts, for an engine elsewhere that keeps it with its position. */
export function serveFacts(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  asVerifier(visit, caller, deps, () =>
    withJson(visit, bytesMax, deps, (value) => {
      const asked = readAsked(value)
      if (isProblem(asked)) {
        refuse(visit, asked, deps)
        return
      }
      Promise.all([
        Promise.all(asked.keys.map((text) => keyItem(text, deps))),
        Promise.all(asked.accounts.map((id) => accountItem(id, deps))),
      ]).then(
        ([keys, accounts]) =>
          sendJson(visit.exchange, 200, JSON.stringify({ config: deps.configHash, keys, accounts }), visit.requestId),
        (error: unknown) => fail(visit, error, deps),
      )
    }),
  )
}

interface Asked {
  readonly keys: readonly string[]
  readonly accounts: readonly string[]
}

/** Reads what is asked for, or says what is wrong with it. Nothing of the body is repeated but the names of its members: it holds keys. */
function readAsked(value: unknown): Asked | Problem<'invalid_parameters'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return problem('invalid_parameters', undefined, [{ pointer: '#', detail: 'The body must be an object.' }])
  const errors: ProblemError[] = []
  const given = value as Readonly<Record<string, unknown>>
  const unknown = Object.keys(given).find((member) => !members.includes(member))
  if (unknown !== undefined)
    errors.push({ pointer: `#/${redact(unknown).slice(0, 40)}`, detail: 'There is no such member.' })
  const texts = (member: string): readonly string[] => {
    const list = given[member] ?? []
    if (Array.isArray(list) && list.length <= asksMax && list.every((item) => typeof item === 'string')) return list
    errors.push({ pointer: `#/${member}`, detail: `It must be a list of at most ${asksMax} texts.` })
    return []
  }
  const asked = { keys: texts('keys'), accounts: texts('accounts') }
  const count = asked.keys.length + asked.accounts.length
  if (errors.length === 0 && (count === 0 || count > asksMax))
    errors.push({ pointer: '#', detail: `Ask for 1 to ${asksMax} keys and accounts together.` })
  return errors.length > 0 ? problem('invalid_parameters', undefined, errors) : asked
}

const unavailable = { unavailable: true }

async function keyItem(text: string, { engine }: DoorDeps): Promise<object> {
  if (!isKeyText(text)) return positioned(engine.state.position, { key: null, account: null })
  const facts = await engine.facts(text)
  if (facts === 'unavailable') return unavailable
  return positioned(facts.position, { key: facts.key ?? null, account: facts.account ?? null })
}

async function accountItem(id: string, { engine }: DoorDeps): Promise<object> {
  const facts = await engine.accountFacts(id)
  return facts === 'unavailable' ? unavailable : positioned(facts.position, { account: facts.account ?? null })
}

const positioned = (position: Position | null, facts: object): object =>
  position === null ? unavailable : { position: formatPosition(position), ...facts }
