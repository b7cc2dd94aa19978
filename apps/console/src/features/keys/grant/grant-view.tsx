import type { Grant } from '@keywright/core'
import { Alert, Stack, Text } from '@mantine/core'
import type { Resource } from '../../../api/records.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useConfig } from '../../account-context.tsx'
import { type Access, grouped, instancesOf, noAccess, shownOf, toModel, unknownOf, verbsOf } from './grant-model.ts'
import { grantSentences, instanceLabel, verbWord } from './grant-words.ts'
import classes from './permission-matrix.module.css'

function AccessWords({ resource, access }: { readonly resource: Resource; readonly access: Access }) {
  const { say } = useWords()
  const format = useFormat()
  const shown = shownOf(access, resource)
  const words = (verbs: readonly string[]) => format.list(verbs.map((verb) => verbWord(verb, say)))
  if (shown.kind === 'none') return <span className={classes['absent']}>{say('createKey.matrix.none')}</span>
  if (shown.kind === 'mixed')
    return (
      <>
        {say('createKey.matrix.custom')}
        {access.whole.length > 0 && <div className={classes['absent']}>{words(access.whole)}</div>}
        {Object.entries(access.limited).map(([id, verbs]) => (
          <div key={id} className={classes['absent']}>
            {instanceLabel(resource, id)}: {words(verbs)}
          </div>
        ))}
      </>
    )
  const instances = instancesOf(access)
  const label =
    shown.kind === 'level'
      ? (resource.levels.find(({ id }) => id === shown.id)?.label ?? shown.id)
      : `${say('createKey.matrix.custom')}: ${words(verbsOf(access) ?? [])}`
  if (instances === null) return label
  return say('createKey.summary.only', {
    resource: label,
    instances: format.list(instances.map((id) => instanceLabel(resource, id))),
  })
}

/** What a grant allows, to read: in a sentence and per resource. */
export function GrantView({ grant }: { readonly grant: Grant }) {
  const { say } = useWords()
  const format = useFormat()
  const config = useConfig()
  const unknown = unknownOf(grant, config.resources)
  const model = toModel(grant, config.resources)
  return (
    <Stack gap="sm">
      <Text>{grantSentences(grant, config, { say, format }).join(' ')}</Text>
      {grant === 'unrestricted' && config.grants.unrestricted === 'discouraged' && (
        <Alert color="yellow">{config.grants.advice}</Alert>
      )}
      {grant !== 'unrestricted' && config.resources.length > 0 && (
        <table className={classes['list']}>
          <caption className="visually-hidden">{say('createKey.matrix.caption')}</caption>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">{say('createKey.matrix.resource')}</th>
              <th scope="col">{say('createKey.access')}</th>
            </tr>
          </thead>
          {grouped(config).map((group, _index, all) => (
            <tbody key={group.id}>
              {(all.length > 1 || group.label !== null) && (
                <tr>
                  <th scope="rowgroup" colSpan={2} className={classes['heading']}>
                    {group.label ?? say('createKey.matrix.other')}
                  </th>
                </tr>
              )}
              {group.resources.map((resource) => (
                <tr key={resource.id}>
                  <th scope="row" className={classes['resource']}>
                    {resource.label}
                  </th>
                  <td>
                    <AccessWords resource={resource} access={model[resource.id] ?? noAccess} />
                  </td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      )}
      {unknown.length > 0 && (
        <Text size="sm" c="dimmed" className="breaks">
          {say('createKey.matrix.unknown', { list: format.list(unknown) })}
        </Text>
      )}
    </Stack>
  )
}
