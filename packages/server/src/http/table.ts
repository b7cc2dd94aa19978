import type { Route } from './route.ts'
import { accountRoutes } from './routes/accounts.ts'
import { changeRoutes } from './routes/changes.ts'
import { configRoutes } from './routes/config.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { documentRoutes } from './routes/documents.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { helpRoutes } from './routes/help.ts'
import { invitationAnswerRoutes } from './routes/invitation-answers.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { keyActionRoutes } from './routes/key-actions.ts'
import { keyBatchRoutes } from './routes/key-batch.ts'
import { keySummaryRoutes } from './routes/key-summary.ts'
import { keyUsageRoutes } from './routes/key-usage.ts'
import { keyRoutes } from './routes/keys.ts'
import { memberRoutes } from './routes/members.ts'
import { noticeRoutes } from './routes/notices.ts'
import { operatorRoutes } from './routes/operators.ts'
import { passwordResetRoutes } from './routes/password-resets.ts'
import { peopleRoutes } from './routes/people.ts'
import { personRoutes } from './routes/person.ts'
import { personFactorRoutes } from './routes/person-factors.ts'
import { personPasskeyRoutes } from './routes/person-passkeys.ts'
import { sessionRoutes } from './routes/session.ts'
import { setupRoutes } from './routes/setup.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { signInProviderRoutes } from './routes/sign-in-providers.ts'
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts'
import { webhookRoutes } from './routes/webhooks.ts'

/** Every route of the management plane, once; the application, OpenAPI, the reference and the authorization matrix follow from it. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...memberRoutes,
  ...invitationRoutes,
  ...invitationAnswerRoutes,
  ...operatorRoutes,
  ...keySummaryRoutes,
  ...keyBatchRoutes,
  ...keyRoutes,
  ...keyActionRoutes,
  ...keyUsageRoutes,
  ...changeRoutes,
  ...noticeRoutes,
  ...webhookRoutes,
  ...webhookDeliveryRoutes,
  ...eventRoutes,
  ...configRoutes,
  ...credentialRoutes,
  ...signInRoutes,
  ...signInProviderRoutes,
  ...passwordResetRoutes,
  ...sessionRoutes,
  ...personRoutes,
  ...personFactorRoutes,
  ...personPasskeyRoutes,
  ...peopleRoutes,
  ...setupRoutes,
  ...healthRoutes,
  ...documentRoutes,
  ...helpRoutes,
]
