import type { Route } from './route.ts'
import { accountRoutes } from './routes/accounts.ts'
import { configRoutes } from './routes/config.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { documentRoutes } from './routes/documents.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { keyActionRoutes } from './routes/key-actions.ts'
import { keyBatchRoutes } from './routes/key-batch.ts'
import { keyUsageRoutes } from './routes/key-usage.ts'
import { keyRoutes } from './routes/keys.ts'
import { memberRoutes } from './routes/members.ts'
import { setupRoutes } from './routes/setup.ts'

/** Every route of the management plane, once; the application, OpenAPI, the reference and the authorization matrix follow from it. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...memberRoutes,
  ...keyBatchRoutes,
  ...keyRoutes,
  ...keyActionRoutes,
  ...keyUsageRoutes,
  ...eventRoutes,
  ...configRoutes,
  ...credentialRoutes,
  ...setupRoutes,
  ...healthRoutes,
  ...documentRoutes,
]
