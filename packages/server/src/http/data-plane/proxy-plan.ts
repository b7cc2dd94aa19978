import {
  type CheckRequest,
  type CredentialFacts,
  isProblem,
  type Problem,
  type ProblemError,
  problem,
  type ResolvedConfig,
} from '@keywright/core'
import { checkOf } from './check.ts'

/** What a proxy wants of every key at one place of its configuration. */
export interface ProxyPlan {
  readonly check: Omit<CheckRequest, 'key'>
  /** The permissions that are asked for. */
  readonly needed: readonly string[]
  /** Whether only the statuses go out that nginx's `auth_request` passes on. */
  readonly forNginx: boolean
}

type VerifyFacts = CredentialFacts & { readonly kind: 'verify' }
type Read = ProxyPlan | Problem<'invalid_parameters' | 'forbidden'>

const plansPerCredentialMax = 256
const rememberedCharactersMax = 1_024
const single = new Set(['audience', 'environment', 'cost', 'tag', 'mode'])

/** Reads what proxies ask of keys. A proxy asks the same few things again and again, so what was read is remembered with its credential. */
export class ProxyPlans {
  readonly #config: ResolvedConfig
  readonly #plans = new WeakMap<VerifyFacts, Map<string, Read>>()

  constructor(config: ResolvedConfig) {
    this.#config = config
  }

  /** The plan that a query states, narrowed to what the credential checks for; otherwise all that is wrong with it. */
  of(caller: VerifyFacts, query: string): Read {
    let plans = this.#plans.get(caller)
    if (plans === undefined) {
      plans = new Map()
      this.#plans.set(caller, plans)
    }
    const known = plans.get(query)
    if (known !== undefined) return known
    const plan = readPlan(new URLSearchParams(query), caller, this.#config)
    if (query.length <= rememberedCharactersMax) {
      if (plans.size >= plansPerCredentialMax) plans.clear()
      plans.set(query, plan)
    }
    return plan
  }
}

function readPlan(query: URLSearchParams, caller: VerifyFacts, config: ResolvedConfig): Read {
  const errors: ProblemError[] = []
  for (const name of new Set(query.keys())) {
    if (name === 'permission') continue
    // A misspelt permission must not pass for none. What stands there instead is not repeated: it may hold a secret.
    if (!single.has(name))
      errors.push({ detail: `There is no such parameter; there are permission, ${[...single].join(', ')}.` })
    else if (query.getAll(name).length > 1) errors.push({ parameter: name, detail: 'It may be given once.' })
  }
  const mode = query.get('mode')
  if (mode !== null && mode !== 'nginx') errors.push({ parameter: 'mode', detail: 'It must be nginx, or be left out.' })
  if (errors.length > 0) return problem('invalid_parameters', undefined, errors)
  const needed = query.getAll('permission')
  const cost = query.get('cost')
  const asked = {
    key: '',
    permissions: needed,
    audience: query.get('audience'),
    environment: query.get('environment'),
    cost: cost === null ? null : /^\d{1,7}$/.test(cost) ? Number(cost) : cost,
    tag: query.get('tag'),
  }
  const check = checkOf(asked, '', caller, config)
  if (isProblem(check)) return check.problem === 'invalid_parameters' ? asParameters(check) : check
  const { key: _, ...rest } = check
  return { check: rest, needed, forNginx: mode === 'nginx' }
}

/** The errors of a body as those of a query. */
const asParameters = (refused: Problem): Problem<'invalid_parameters'> =>
  problem(
    'invalid_parameters',
    undefined,
    refused.errors?.map(({ pointer, detail }) => ({
      parameter: pointer === '#/permissions' ? 'permission' : (pointer ?? '').slice(2),
      detail,
    })),
  )
