import { type Caller, requires } from '@keywright/sdk/nest'
import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Res, type Type } from '@nestjs/common'
import type { Response } from 'express'
import { ApiKey, addHandler } from './decorate.ts'

/**
 * Serves the keys of the account as a resource among the others. It asks Keywright with the caller's own key, so that Keywright itself
 * judges what this key may manage; the API has no power of its own to lend.
 */
export function apiKeysController(keywrightUrl: string, resource: string): Type<unknown> {
  class ApiKeysController {}

  const forward =
    (method: string, pathOf: (account: string, id: string) => string) =>
    async (
      { account }: Caller,
      authorization: string,
      response: Response,
      id: string,
      body: unknown,
    ): Promise<void> => {
      const answer = await fetch(`${keywrightUrl}${pathOf(account, id)}`, {
        method,
        headers: {
          Authorization: authorization,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const type = answer.headers.get('Content-Type')
      if (type !== null) response.setHeader('Content-Type', type)
      response.status(answer.status).end(await answer.text())
    }

  const all = (account: string): string => `/v1/accounts/${encodeURIComponent(account)}/keys`
  const one = (_account: string, id: string): string => `/v1/keys/${encodeURIComponent(id)}`
  const handlers = {
    view: { route: Get(), handle: forward('GET', all) },
    create: { route: Post(), handle: forward('POST', all) },
    edit: { route: Patch(':id'), handle: forward('PATCH', one) },
    delete: { route: Delete(':id'), handle: forward('DELETE', one) },
  }
  for (const [verb, { route, handle }] of Object.entries(handlers)) {
    addHandler(ApiKeysController, verb, {
      handle,
      parameters: [ApiKey(), Headers('authorization'), Res(), Param('id'), Body()],
      decorators: [route, requires(`${resource}.${verb}`)],
    })
  }
  Controller(resource)(ApiKeysController)
  return ApiKeysController
}
