/** Every failure that a caller can see, once. Status, document, OpenAPI and the SDK's types derive from this table (RFC 9457). */
export const problems = {
  // What a stranger sees of the verdict.
  credential_missing: { status: 401, title: 'A credential is required' },
  credential_ambiguous: { status: 400, title: 'Exactly one credential per request' },
  invalid_token: { status: 401, title: 'Invalid API key' },
  insufficient_scope: { status: 403, title: 'The key does not have the permission' },
  wrong_type: { status: 403, title: 'The key is not of a type that reaches this API' },
  network_not_allowed: { status: 403, title: 'The key may not be used from this network' },
  rate_limited: { status: 429, title: 'Rate limit exceeded' },
  quota_exceeded: { status: 429, title: 'Quota exceeded' },
  unavailable: { status: 503, title: 'The check cannot be answered at the moment' },
  // The request itself.
  bad_request: { status: 400, title: 'The request cannot be read' },
  invalid_parameters: { status: 400, title: 'The request does not fit the schema' },
  invalid_cursor: { status: 400, title: 'The cursor belongs to another listing' },
  route_not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'The address does not know this method' },
  body_too_large: { status: 413, title: 'The body is too large' },
  media_type_unsupported: { status: 415, title: 'The body must be JSON' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  // Who calls.
  proxy_not_known: { status: 401, title: 'The proxy in front of the API is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  // People who sign in.
  sign_in_required: { status: 401, title: 'Sign in first' },
  sign_in_refused: { status: 401, title: 'The e-mail address or the password is not right' },
  second_factor_refused: { status: 401, title: 'The code is not right' },
  passkey_refused: { status: 401, title: 'The passkey was not accepted' },
  reauthentication_required: { status: 403, title: 'Confirm that it is you' },
  cross_site_refused: { status: 403, title: 'The request came from another site' },
  password_not_allowed: { status: 422, title: 'The password cannot be used' },
  person_not_found: { status: 404, title: 'No such person' },
  person_exists: { status: 409, title: 'A person with this e-mail address exists' },
  person_suspended: { status: 409, title: 'The person is suspended' },
  person_not_suspended: { status: 409, title: 'The person is not suspended' },
  session_not_found: { status: 404, title: 'No such session' },
  passkey_not_found: { status: 404, title: 'No such passkey' },
  second_factor_conflict: { status: 409, title: 'The second factor is not in the state that this needs' },
  provider_not_found: { status: 404, title: 'No such way to sign in' },
  reset_closed: { status: 404, title: 'The link to set a password is not valid' },
  operator_not_found: { status: 404, title: 'No such operator' },
  invitation_not_found: { status: 404, title: 'No such invitation' },
  invitation_closed: { status: 404, title: 'The invitation is not valid' },
  invitation_for_another: { status: 403, title: 'The invitation is for another e-mail address' },
  // Preconditions and repetition.
  precondition_failed: { status: 412, title: 'The record has changed since it was read' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request' },
  idempotency_in_progress: { status: 409, title: 'The first request with this Idempotency-Key is still running' },
  // Resources.
  account_not_found: { status: 404, title: 'No such account' },
  account_exists: { status: 409, title: 'An account with this externalId exists' },
  account_suspended: { status: 409, title: 'The account is suspended' },
  account_not_suspended: { status: 409, title: 'The account is not suspended' },
  member_not_found: { status: 404, title: 'No such member' },
  member_exists: { status: 409, title: 'A member with this externalId exists in the account' },
  last_member_of_role: { status: 409, title: 'One active member of this role must remain' },
  key_not_found: { status: 404, title: 'No such key' },
  key_state_conflict: { status: 409, title: "The key's state does not allow this" },
  key_not_newest: { status: 409, title: 'Only the newest key of a lineage rotates' },
  active_keys_cap: { status: 409, title: 'The account has as many active keys as it may have' },
  credential_not_found: { status: 404, title: 'No such credential' },
  last_operator: { status: 409, title: 'One operator must remain' },
  webhook_not_found: { status: 404, title: 'No such webhook' },
  webhook_address_refused: { status: 422, title: 'Webhooks cannot be sent to this address' },
  webhooks_cap: { status: 409, title: 'The account has as many webhooks as it may have' },
  delivery_not_found: { status: 404, title: 'No such delivery' },
  setup_closed: { status: 404, title: 'The set-up link is not valid' },
  // What the configuration or the caller's own rights do not allow.
  action_not_offered: { status: 403, title: 'The configuration does not offer this action' },
  grant_not_editable: { status: 403, title: 'The grant of an existing key cannot be changed' },
  not_allowed_by_configuration: { status: 422, title: 'The configuration does not allow this' },
  exceeds_creator: { status: 403, title: 'A key cannot be given more than its creator has' },
  exceeds_children: { status: 409, title: 'The key has made keys that hold more than it would keep' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ProblemCode = keyof typeof problems

/** Where and what is wrong in a request: a JSON pointer into the body, or the name of a parameter. */
export interface ProblemError {
  readonly pointer?: string
  readonly parameter?: string
  readonly detail: string
}

/** A refused request as a value. It carries nothing that the caller may not see. */
export interface Problem<Code extends ProblemCode = ProblemCode> {
  readonly problem: Code
  readonly detail?: string
  readonly errors?: readonly ProblemError[]
}

export const problem = <const Code extends ProblemCode>(
  code: Code,
  detail?: string,
  errors?: readonly ProblemError[],
): Problem<Code> => ({
  problem: code,
  ...(detail === undefined ? {} : { detail }),
  ...(errors === undefined ? {} : { errors }),
})

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  'problem' in value &&
  typeof value.problem === 'string' &&
  Object.hasOwn(problems, value.problem)
