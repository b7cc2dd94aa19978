import {
  type CredentialFacts,
  type Decision,
  isProblem,
  keyBytesMax,
  keyQueryNames,
  type NetworkRange,
  type NodeEngine,
  type Presented,
  type Problem,
  type ProblemTexts,
  plainQueryHasKey,
  problem,
  type Refusal,
  type RefusalAnswer,
  type RefusalWording,
  type ResolvedConfig,
  rateLimitFields,
  readKeyField,
  refusalAnswer,
  refusalOf,
} from '@keywright/core'
import type { LineLog } from '../../log.ts'
import { callerAddress, forwardedAddress } from '../address.ts'
import { faultFields } from '../logged.ts'
import { keptUserAgent } from '../request.ts'
import type { FailureThrottle } from '../throttle.ts'
import { sendProblem } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { pushIdentity } from './identity-fields.ts'
import { Proxied } from './proxied.ts'
import { type ProxyPlan, ProxyPlans } from './proxy-plan.ts'

/** What the door of proxies needs. */
export interface ForwardAuthDeps {
  readonly engine: NodeEngine
  readonly config: ResolvedConfig
  readonly throttle: FailureThrottle
  readonly trustedProxies: readonly NetworkRange[]
  readonly publicUrl: string
  readonly log: LineLog
  /** Told of every answered check, for metrics. */
  readonly counted: (code: Decision['code']) => void
}

/** Where proxies ask. Some put the address of their client behind it. */
export const forwardAuthPath = '/v1/forward-auth'

/** Whether a request is for this door. */
export function isForwardAuth(url: string): boolean {
  if (!url.startsWith(forwardAuthPath)) return false
  const next = url[forwardAuthPath.length]
  return next === undefined || next === '?' || next === '/'
}

/** One request of a proxy. */
interface Visit {
  readonly exchange: Exchange
  readonly said: Proxied
  /** Whether the client's address stands behind the door's, so that what is asked of the key cannot be in the query. */
  readonly appended: boolean
  /** What is asked of the key. */
  readonly query: string
  readonly requestId: string
}

// Of a scheme of its own: a client to which a proxy passes this on must not take it for a word about its key (RFC 9110 section 11.6.1).
const proxyChallenge = { 'WWW-Authenticate': 'Keywright-Proxy realm="keywright"' }
/** How often a credential that had to be waited for is looked at again. */
const looksMax = 8
const removedByEnvoy = ['x-envoy-auth-headers-to-remove', 'authorization,x-api-key']

/** The door of proxies: whether one request may pass, as a status and fields; it never reads a body, and never redirects. */
export class ForwardAuth {
  readonly #deps: ForwardAuthDeps
  readonly #plans: ProxyPlans
  readonly #wording: RefusalWording
  readonly #answers = new Map<string, RefusalAnswer>()

  constructor(deps: ForwardAuthDeps) {
    this.#deps = deps
    this.#plans = new ProxyPlans(deps.config)
    const { product, problems } = deps.config
    this.#wording = {
      texts: {},
      config: {
        product: {
          name: product.name,
          languages: [product.defaultLanguage],
          links: product.links.errors === null ? {} : { errors: product.links.errors },
        },
        problems: problemTextsOf(problems),
      },
      realm: undefined,
      language: undefined,
    }
  }

  /** Answers a request that `isForwardAuth` is true of. */
  serve(exchange: Exchange, requestId: string): void {
    const rest = exchange.url.slice(forwardAuthPath.length)
    const appended = rest.startsWith('/')
    const said = new Proxied(exchange.rawHeaders, appended ? rest : undefined)
    const visit = { exchange, said, appended, query: appended ? said.asked : rest.slice(1), requestId }
    const { credential, credentials } = said
    if (credentials !== 1 || credential.length > keyBytesMax || !/^[\x21-\x7e]+$/.test(credential)) {
      this.#refuseProxy(visit, problem('proxy_not_known'))
      return
    }
    this.#identify(visit, looksMax)
  }

  /** Finds which proxy asks. What was waited for is looked at again, so that whoever is let in is known in that very turn. */
  #identify(visit: Visit, looks: number): void {
    const found = this.#deps.engine.credential(visit.said.credential)
    if (found instanceof Promise) {
      found.then(
        (facts) =>
          facts === 'unavailable' || looks === 1 ? this.#admit(visit, facts) : this.#identify(visit, looks - 1),
        (error: unknown) => this.#fail(visit, error),
      )
    } else this.#admit(visit, found)
  }

  #admit(visit: Visit, caller: CredentialFacts | undefined | 'unavailable'): void {
    if (caller === 'unavailable') this.#refuseProxy(visit, problem('unavailable'))
    else if (caller === undefined) this.#refuseUnknown(visit)
    else if (caller.kind !== 'verify') {
      this.#refuseProxy(
        visit,
        problem('forbidden', 'A proxy proves itself by a verify credential, not by an operator.'),
      )
    } else {
      const plan = planFault(visit) ?? this.#plans.of(caller, visit.query)
      if (isProblem(plan)) this.#refuseProxy(visit, plan)
      else this.#check(visit, plan)
    }
  }

  #check(visit: Visit, plan: ProxyPlan): void {
    const { said } = visit
    const presented = presentedTo(said, this.#deps.config)
    if (presented.kind === 'ambiguous') this.#refuse(visit, plan, { code: 'credential_ambiguous' })
    else if (presented.kind === 'none') this.#refuse(visit, plan, { code: 'credential_missing' })
    else {
      const address = forwardedAddress(said.forwardedFor, this.#deps.trustedProxies)
      const decision = this.#deps.engine.verify({
        // What cannot be a key is one that never is.
        key: presented.kind === 'key' ? presented.key : '',
        permissions: plan.check.permissions,
        environment: plan.check.environment,
        audiences: plan.check.audiences,
        ip: address === 'unknown' ? undefined : address,
        userAgent: keptUserAgent(said.userAgent),
        cost: plan.check.cost,
        tag: plan.check.tag,
      })
      if (decision instanceof Promise) {
        decision.then(
          (decided) => this.#answer(visit, plan, decided),
          (error: unknown) => this.#fail(visit, error),
        )
      } else this.#answer(visit, plan, decision)
    }
  }

  #answer(visit: Visit, plan: ProxyPlan, decision: Decision): void {
    this.#deps.counted(decision.code)
    if (decision.code !== 'VALID') {
      this.#refuse(visit, plan, refusalOf(decision, plan.needed))
      return
    }
    const fields = ['Cache-Control', 'no-store', 'X-Request-Id', visit.requestId]
    pushIdentity(fields, decision, plan.needed)
    for (const field of rateLimitFields(decision.limits)) fields.push(...field)
    fields.push(...removedByEnvoy)
    visit.exchange.answer(200, fields, '')
  }

  /** Tells the client of the API why its request is refused. */
  #refuse(visit: Visit, { forNginx }: ProxyPlan, refusal: Refusal): void {
    const { status, fields, body } = this.#answerOf(refusal)
    const lines = ['X-Request-Id', visit.requestId]
    if (forNginx) {
      // nginx drops the body and passes 401 and 403 on; everything else becomes 500, which only failures of our own are.
      lines.push('X-Auth-Reason', refusal.code)
      for (const [name, value] of fields) if (name !== 'Content-Type') lines.push(name, value)
      visit.exchange.answer(status === 400 ? 401 : status === 429 ? 403 : status, lines, '')
      return
    }
    for (const [name, value] of fields) lines.push(name, value)
    visit.exchange.answer(status, lines, body)
  }

  /** What depends on the code alone is made once. */
  #answerOf(refusal: Refusal): RefusalAnswer {
    if (refusal.missing !== undefined || refusal.retryAfterMs !== undefined)
      return refusalAnswer(refusal, this.#wording)
    let answer = this.#answers.get(refusal.code)
    if (answer === undefined) {
      answer = refusalAnswer(refusal, this.#wording)
      this.#answers.set(refusal.code, answer)
    }
    return answer
  }

  #refuseUnknown(visit: Visit): void {
    const { exchange, said } = visit
    const address = callerAddress(exchange.peer(), said.forwardedFor, this.#deps.trustedProxies)
    const { refused, headers } = this.#deps.throttle.failed(address)
    this.#refuseProxy(visit, refused.problem === 'invalid_token' ? problem('proxy_not_known') : refused, headers)
  }

  /** Tells the proxy, or whoever stands in for one, what is wrong with its own part. */
  #refuseProxy(visit: Visit, refused: Problem, more?: Readonly<Record<string, string>>): void {
    sendProblem(
      visit.exchange,
      refused,
      { publicUrl: this.#deps.publicUrl, requestId: visit.requestId },
      {
        ...(refused.problem === 'proxy_not_known' ? proxyChallenge : {}),
        ...more,
      },
    )
  }

  #fail(visit: Visit, error: unknown): void {
    this.#deps.log.error(
      { requestId: visit.requestId, ...faultFields(error) },
      'The door of proxies failed; the request was answered with 500.',
    )
    if (visit.exchange.isAnswered) visit.exchange.destroy()
    else this.#refuseProxy(visit, problem('internal_error'))
  }
}

const problemTextsOf = (problems: ResolvedConfig['problems']): ProblemTexts =>
  Object.fromEntries(
    Object.entries(problems).map(([code, { title, detail, check }]) => [
      code,
      { title, check, ...(detail === null ? {} : { detail }) },
    ]),
  )

/** What about a proxy's request would let its client choose what is checked. */
function planFault({ said, appended, query }: Visit): Problem<'invalid_parameters'> | undefined {
  if (appended && said.askedTimes > 1)
    return problem('invalid_parameters', 'X-Keywright-Check was sent more than once.')
  const mark = said.address?.indexOf('?') ?? -1
  if (query !== '' && mark !== -1 && said.address?.slice(mark + 1) === query)
    return problem('invalid_parameters', "The proxy passes its client's query on as its own.")
  return undefined
}

/** The one key of the client's request: never one of two, never out of its address. */
function presentedTo(said: Proxied, { acceptedHeaders }: ResolvedConfig): Presented {
  if (said.keyFields > 1 || !said.agrees || hasKeyInQuery(said.address)) return { kind: 'ambiguous' }
  return said.keyFields === 0 ? { kind: 'none' } : readKeyField(said.keyHeader, said.keyField, acceptedHeaders)
}

function hasKeyInQuery(address: string | undefined): boolean {
  const mark = address?.indexOf('?') ?? -1
  if (address === undefined || mark === -1) return false
  const query = address.slice(mark + 1)
  const plain = plainQueryHasKey(query)
  if (plain !== undefined) return plain
  for (const name of new URLSearchParams(query).keys()) if (keyQueryNames.includes(name.toLowerCase())) return true
  return false
}
