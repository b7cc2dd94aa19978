import type { ProblemCode } from '@keywright/core'

/** What each problem means and what helps, for the one who reads its page. */
export const advice: Readonly<Record<ProblemCode, string>> = {
  credential_missing: 'The request had no credential. Send it as "Authorization: Bearer YOUR_API_KEY".',
  credential_ambiguous:
    'The request had more than one credential, a list of them, or one in its address. Send exactly one, in one header, and treat a credential that was in an address as leaked.',
  invalid_token:
    'The key is not accepted. Check that it was copied whole and without spaces, that it has not been revoked and has not expired, that it belongs to this environment, and that the header is "Authorization: Bearer YOUR_API_KEY".',
  insufficient_scope:
    'The key is valid, but has not been given the permission that this call needs. The answer names it. Use a key that has it.',
  wrong_type: 'The key is valid, but is of a type that reaches another API. Use a key of the type made for this one.',
  network_not_allowed:
    'The key may only be used from certain networks, and this address is in none of them. Call from one of them, or change the list of the key.',
  rate_limited: 'Too many calls in a short time. Wait as long as Retry-After says, and spread calls out.',
  quota_exceeded: 'The quota of this period is used up. It begins anew with the next period, if there is one.',
  unavailable:
    'It cannot be said at the moment whether the key is in force, so it is not accepted. Wait as long as Retry-After says and try again.',
  bad_request:
    'The request cannot be read: its body is not JSON, or a header does not have the form that it must have. The detail says which.',
  invalid_parameters:
    'The request was read, but something in it is not what is expected. "errors" names each place and what is wrong there.',
  invalid_cursor: 'The cursor belongs to another listing, or to one with other filters. Begin again without a cursor.',
  route_not_found: 'There is nothing at this address. Check its spelling; addresses have no slash at their end.',
  method_not_allowed: 'The address exists, but not with this method. The Allow header names those that it knows.',
  body_too_large: 'The body is longer than what is read. Send less.',
  media_type_unsupported: 'Bodies are JSON: send "Content-Type: application/json", without Content-Encoding.',
  too_many_requests:
    'Too many requests from this network failed to authenticate. Wait as long as Retry-After says, and mend the credential.',
  internal_error:
    'Something went wrong on the side of the server; nothing was changed unless a record shows it. The operator finds the cause under the request_id.',
  proxy_not_known:
    'The proxy in front of the API did not prove who it is: it must send a valid verify credential in X-Keywright-Credential, once. The key of its client was not looked at. Whoever operates the proxy has to mend this.',
  forbidden:
    'The caller is known, but may not do this. A role, or a managing key, needs the right to; some calls are for operators alone.',
  precondition_failed:
    'The record has changed since it was read. Read it again, and repeat the change with the new ETag.',
  idempotency_mismatch:
    'This Idempotency-Key was used for a request with other contents. Use a new one for each new request.',
  idempotency_in_progress:
    'The first request with this Idempotency-Key has not been answered yet. Wait a moment and repeat it.',
  account_not_found: 'There is no account with this id that the caller may see.',
  account_exists: 'An account with this externalId exists already. Look it up with GET /v1/accounts?externalId=…',
  account_suspended: 'The account is suspended. Resume it first.',
  account_not_suspended: 'The account is in good standing already.',
  member_not_found: 'There is no member with this id in the account.',
  member_exists: 'The account has a member with this externalId already.',
  last_member_of_role: 'The account must keep one active member of this role. Give the role to someone else first.',
  key_not_found: 'There is no key with this id that the caller may see.',
  key_state_conflict:
    'The state of the key does not allow this: only active keys are paused and rotated, only paused ones reactivated, and revoked is final.',
  key_not_newest: 'This key was rotated before. Rotate the newest key of its lineage, which "rotatedTo" leads to.',
  active_keys_cap:
    'The account has as many active keys as it may have. Revoke, delete or pause one that is no longer needed.',
  sign_in_required: 'Nobody is signed in, or the session has ended. Sign in and try again.',
  sign_in_refused:
    'No one signs in with this e-mail address and this password. Check both, or ask for a link to set a new password.',
  second_factor_refused:
    'The code is not the one that is due now, or was used before. Enter the newest code of the authenticator, or a backup code that is not used up.',
  passkey_refused:
    'The passkey is not known here, or the request for it is too old. Try again, or sign in another way.',
  reauthentication_required:
    'This needs a fresh proof that it is you: the last one is more than ten minutes old. Prove it with the password, a code or a passkey and repeat the request.',
  cross_site_refused:
    'A request that relies on the session of a browser must come from a page of this server. Programs send a credential in Authorization instead.',
  password_not_allowed: 'The password is too short, too long or too well known. The detail says which.',
  person_not_found: 'There is no person with this id that the caller may see.',
  person_exists: 'A person with this e-mail address can sign in already. Sign in as that person.',
  person_suspended: 'The person is suspended. An operator can resume them.',
  person_not_suspended: 'The person is in good standing already.',
  session_not_found: 'There is no such session of this person; it may have ended.',
  passkey_not_found: 'There is no such passkey of this person.',
  second_factor_conflict: 'The second factor is on already, is not on, or was not begun. Read the person again.',
  provider_not_found: 'This installation does not know this way to sign in.',
  reset_closed: 'The link to set a password was used, was replaced by a newer one, or is too old. Ask for a new one.',
  operator_not_found: 'There is no such operator.',
  invitation_not_found:
    'There is no invitation with this id that the caller may see; it may have been accepted or withdrawn.',
  invitation_closed:
    'The invitation was accepted, withdrawn, replaced by a newer link, or is too old. Ask for a new one.',
  invitation_for_another:
    'The invitation is for another e-mail address than that of the person who is signed in. Sign out, and open the link again.',
  webhook_not_found: 'There is no webhook with this id that the caller may see.',
  webhook_address_refused:
    'Webhooks go to public https addresses only. The detail says what is wrong with this one; an operator can allow networks of their own.',
  webhooks_cap: 'The account has as many webhooks as it may have. Delete one that is no longer needed.',
  delivery_not_found: 'There is no delivery with this id that the caller may see; old ones are removed.',
  credential_not_found: 'There is no credential with this id.',
  last_operator: 'This is the last operator. Make another one first.',
  setup_closed:
    'The set-up link was used, or that of another server was, or it was replaced by a newer one, or never existed. The server prints a new one at its start while there is no operator credential.',
  action_not_offered: 'The configuration of this installation does not offer this action for keys.',
  grant_not_editable:
    'The permissions of a key are final in this installation. Create a new key with the permissions that are needed and retire this one.',
  not_allowed_by_configuration:
    'The request asks for something that the configuration of this installation does not have or does not allow. The detail names it.',
  exceeds_creator:
    'A managing key cannot give a key more than it has itself: permissions, environment, networks, expiry or limits.',
  exceeds_children: 'This key made keys that would then hold more than it does. Narrow or retire those first.',
}
