import { codes } from '@keywright/core'
import type { DataPlaneDocument, Json } from '../openapi.ts'
import { answered, body, common, refusals, text, textOrNull, wholeNumber } from './document-parts.ts'
import { engineDocuments } from './engine-documents.ts'
import { forwardAuthDocument } from './forward-auth-document.ts'

const check: Json = {
  type: 'object',
  required: ['key'],
  additionalProperties: false,
  properties: {
    key: text('The presented key, as it came'),
    permissions: { type: 'array', items: { type: 'string' }, maxItems: 32, description: 'All of them are required' },
    audience: text("One of the credential's audiences; an operator's check must name it"),
    environment: text("The credential's environment; an operator's check must name it where there are environments"),
    ip: text("The address of the key's user; keys that are limited to networks are refused without it"),
    userAgent: text("The user agent of the key's user"),
    cost: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      default: 1,
      description: 'What the check takes of limits and quota; 0 takes nothing',
    },
    tag: { type: 'string', pattern: '^[\\w.:/-]{1,64}$', description: 'Counted apart in the usage of the key' },
  },
}

const limit: Json = {
  type: 'object',
  required: ['name', 'limit', 'windowSeconds', 'remaining', 'resetSeconds'],
  properties: {
    name: { type: 'string' },
    limit: wholeNumber('At most so many in a window'),
    windowSeconds: wholeNumber('The length of the window'),
    remaining: wholeNumber('What is left now'),
    resetSeconds: wholeNumber('Seconds until more is left; 0 while some remains'),
    scope: {
      const: 'local',
      description: 'Counted by one process alone, since Redis could not be reached; absent otherwise',
    },
  },
}

const decision: Json = {
  type: 'object',
  description: 'The verdict. Of an unknown key there is nothing but `valid` and `code`.',
  required: ['valid', 'code'],
  properties: {
    valid: { type: 'boolean' },
    code: { enum: [...codes] },
    keyId: text('The id of the key'),
    account: text('The id of its account'),
    externalId: textOrNull("The adopter's own id of the account"),
    type: text('The type of the key'),
    environment: textOrNull('The environment of the key'),
    grant: {
      oneOf: [
        { const: 'unrestricted' },
        {
          type: 'object',
          required: ['permissions'],
          properties: { permissions: { type: 'array', items: { type: 'string' } } },
        },
      ],
    },
    name: textOrNull('The name of the key'),
    metadata: { type: ['object', 'null'], description: 'What the adopter keeps with the key' },
    missing: { type: 'array', items: { type: 'string' }, description: 'The permissions asked for that the key lacks' },
    limits: { type: 'array', items: limit },
    expiresAt: { type: 'string', format: 'date-time' },
    retryAfterSeconds: wholeNumber('When to try again, where waiting helps'),
    staleMs: wholeNumber('How old the memory was that answered under a bounded grace'),
  },
}

/** The doors that answer before any framework, as the OpenAPI document shows them. */
export const dataPlaneDocuments: readonly DataPlaneDocument[] = [
  {
    path: '/v1/verify',
    method: 'post',
    operation: {
      ...common,
      operationId: 'verify',
      summary: 'Check one key',
      description:
        'For verify and operator credentials. A refused key is an answer (200 with `valid` false), not an error.',
      requestBody: body(check),
      responses: { ...answered(decision, 'The verdict'), ...refusals('400', '401', '403', '413', '415', '429', '503') },
    },
  },
  {
    path: '/v1/verify/batch',
    method: 'post',
    operation: {
      ...common,
      operationId: 'verifyBatch',
      summary: 'Check up to 100 keys',
      description:
        'For verify and operator credentials. The results come in the order of the checks; what cannot be answered is `UNAVAILABLE` on its own.',
      requestBody: body({
        type: 'object',
        required: ['checks'],
        additionalProperties: false,
        properties: { checks: { type: 'array', minItems: 1, maxItems: 100, items: check } },
      }),
      responses: {
        ...answered(
          { type: 'object', required: ['results'], properties: { results: { type: 'array', items: decision } } },
          'The verdicts',
        ),
        ...refusals('400', '401', '403', '413', '415', '429', '503'),
      },
    },
  },
  {
    path: '/v1/head',
    method: 'get',
    operation: {
      ...common,
      operationId: 'readHead',
      summary: "Read the log's head",
      description:
        'For verify and operator credentials. What changed after a position, and the proof that a memory which applied it is fresh.',
      parameters: [
        {
          name: 'after',
          in: 'query',
          description: 'The position through which the caller has applied the log',
          schema: { type: 'string' },
        },
        {
          name: 'nonce',
          in: 'query',
          description: 'Given back, so that no cache between can answer',
          schema: { type: 'string', pattern: '^[\\w-]{1,64}$' },
        },
      ],
      responses: {
        ...answered(
          {
            type: 'object',
            required: ['position', 'ageMs', 'storeTime', 'nonce', 'changes', 'complete', 'reset'],
            properties: {
              position: text('Epoch, number and chain hash'),
              ageMs: { type: 'number', minimum: 0, description: "How old the answering node's own proof is" },
              storeTime: { type: 'string', format: 'date-time' },
              nonce: textOrNull('As it was asked'),
              changes: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['number', 'scopes', 'hash'],
                  properties: {
                    number: wholeNumber('The entry of the log'),
                    scopes: { type: 'array', items: { type: 'string' } },
                    hash: text('Its chain hash'),
                  },
                },
              },
              complete: { type: 'boolean', description: 'False: there is more; ask again' },
              reset: { type: 'boolean', description: 'True: the position is of another past; forget everything' },
            },
          },
          'Where the log is',
        ),
        ...refusals('400', '401', '429', '503'),
      },
    },
  },
  forwardAuthDocument,
  ...engineDocuments,
]
