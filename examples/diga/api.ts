import 'reflect-metadata'
import { createKeywright } from '@keywright/sdk'
import { keywright } from '@keywright/sdk/nest'
import { type INestApplication, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { apiKeysController } from './api-keys.ts'
import { config } from './keywright.config.ts'
import { recordsController } from './records.ts'

/** Makes the protected API: `/v1/<resource>` for each resource of the configuration, behind one guard. */
export async function createApi(keywrightUrl: string, verifyCredential: string): Promise<INestApplication> {
  const verifier = createKeywright({ url: keywrightUrl, credential: verifyCredential })
  const controllers = (config.resources ?? []).map(({ id, verbs, manages }) =>
    manages === 'keys' ? apiKeysController(keywrightUrl, id) : recordsController(id, verbs ?? []),
  )
  class ApiModule {}
  Module({ controllers })(ApiModule)
  const app = await NestFactory.create(ApiModule, { logger: ['error', 'warn'] })
  app.setGlobalPrefix('v1')
  app.useGlobalGuards(keywright({ verifier }))
  return app
}

if (import.meta.main) {
  const { KEYWRIGHT_URL = 'http://127.0.0.1:3000', KEYWRIGHT_CREDENTIAL, PORT = '4000' } = process.env
  if (KEYWRIGHT_CREDENTIAL === undefined) {
    console.error('Set KEYWRIGHT_CREDENTIAL to a verify credential for the audience "api".')
    process.exit(1)
  }
  const app = await createApi(KEYWRIGHT_URL, KEYWRIGHT_CREDENTIAL)
  await app.listen(Number(PORT), '127.0.0.1')
  console.log(`The API listens on ${await app.getUrl()}`)
}
