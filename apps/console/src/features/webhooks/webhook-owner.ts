import type { QueryKey } from '@tanstack/react-query'
import { accountKey } from '../../api/queries.ts'
import { type Acting, segment } from '../../api/request.ts'

/** Whose webhooks a page is about: an account's, or the installation's. */
export interface WebhookOwner {
  readonly kind: 'account' | 'installation'
  /** Their path in the management API. */
  readonly apiPath: string
  readonly acting: Acting
  readonly queryKey: QueryKey
  /** Their page in the console. */
  readonly pagePath: string
}

/** The webhooks of an account. */
export const accountOwner = (accountId: string, acting: Acting): WebhookOwner => ({
  kind: 'account',
  apiPath: `/v1/accounts/${segment(accountId)}/webhooks`,
  acting,
  queryKey: accountKey(accountId, 'webhooks'),
  pagePath: `/accounts/${segment(accountId)}/webhooks`,
})

/** The webhooks of the whole installation. */
export const installationOwner: WebhookOwner = {
  kind: 'installation',
  apiPath: '/v1/webhooks',
  acting: 'operator',
  queryKey: ['operator', 'webhooks'],
  pagePath: '/operator/webhooks',
}
