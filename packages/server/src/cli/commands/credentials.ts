import type { GroupSpec } from '../command.ts'
import { pageOptions, showCreation, showList } from '../show.ts'
import { bodyOf, reasonBody, reasonOption } from '../values.ts'

/** `keywright credentials …` */
export const credentials: GroupSpec = {
  name: 'credentials',
  meaning: 'what the programs of adopter and operator use against Keywright itself',
  commands: [
    {
      name: 'list',
      meaning: 'list credentials',
      server: true,
      options: [...pageOptions],
      run: (call) =>
        showList(call, ['credentials'], ['id', 'kind', 'name', 'masked', 'environment', 'audiences', 'createdAt']),
    },
    {
      name: 'create',
      meaning: 'create a credential; its secret alone goes to standard output',
      server: true,
      arguments: [
        { name: 'kind', meaning: 'operator may do everything; verify checks keys', choices: ['operator', 'verify'] },
        { name: 'name', meaning: 'what uses it' },
      ],
      options: [
        { name: 'environment', value: 'environment', meaning: 'the one environment that it checks for' },
        { name: 'audience', value: 'api', many: true, meaning: 'an API that it checks for' },
        { name: 'idempotency-key', value: 'key', meaning: 'makes a repeated request create nothing more' },
      ],
      run: async (call) => {
        const audiences = call.options('audience')
        const body = bodyOf({
          kind: call.argument('kind'),
          name: call.argument('name'),
          environment: call.option('environment'),
          audiences: audiences.length === 0 ? undefined : audiences,
        })
        const client = await call.client()
        return showCreation(
          call,
          await client.request('POST', ['credentials'], { body, idempotencyKey: call.option('idempotency-key') }),
        )
      },
    },
    {
      name: 'delete',
      meaning: 'delete a credential; it stops being accepted at once',
      server: true,
      arguments: [{ name: 'credential', meaning: "the credential's id" }],
      options: [reasonOption],
      run: async (call) => {
        await (await call.client()).request('DELETE', ['credentials', call.argument('credential')], reasonBody(call))
        call.terminal.tell('Deleted.\n')
        return undefined
      },
    },
  ],
}
