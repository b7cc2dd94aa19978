import { Checkbox, MultiSelect, Stack, TagsInput, Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import type { Resource } from '../../../api/records.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import {
  type Access,
  instancesOf,
  type levelColumns,
  noAccess,
  shownOf,
  verbsOf,
  withAccess,
  withInstances,
  withVerbs,
} from './grant-model.ts'
import { instanceLabel, verbWord } from './grant-words.ts'
import classes from './permission-matrix.module.css'
import type { MatrixParts } from './permission-matrix.tsx'

/** The levels of all resources, as columns. */
export type Columns = ReturnType<typeof levelColumns>

const instancePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/

/** Which choice of a resource is marked: `none`, `custom`, `mixed`, or `level:…`. */
export function markedOf(resource: Resource, { model, opened }: Pick<MatrixParts, 'model' | 'opened'>): string {
  if (opened.has(resource.id)) return 'custom'
  const shown = shownOf(model[resource.id] ?? noAccess, resource)
  return shown.kind === 'level' ? `level:${shown.id}` : shown.kind
}

/** Takes a choice: a level's verbs, nothing, or the verbs one by one. */
export function choose(resource: Resource, choice: string, { model, onChange, onOpen }: MatrixParts): void {
  onOpen(resource.id, choice === 'custom')
  if (choice === 'custom') {
    if (shownOf(model[resource.id] ?? noAccess, resource).kind === 'mixed')
      onChange(withAccess(model, resource.id, withInstances(model[resource.id] ?? noAccess, null)))
    return
  }
  const level = resource.levels.find(({ id }) => choice === `level:${id}`)
  const before = model[resource.id] ?? noAccess
  const mixed = shownOf(before, resource).kind === 'mixed'
  onChange(withAccess(model, resource.id, withVerbs(mixed ? noAccess : before, level?.verbs ?? [])))
}

/** One resource of the table: its name, one choice of its levels, and below it what a level does not say. */
export function MatrixRow({
  resource,
  columns,
  ...rest
}: Omit<MatrixParts, 'groups'> & { readonly resource: Resource }) {
  const { say } = useWords()
  const id = useId()
  const parts = { ...rest, columns, groups: [] }
  const marked = markedOf(resource, rest)
  const access = rest.model[resource.id] ?? noAccess
  const hasDetail = detailed(resource, marked, access)
  const cell = (choice: string, label: string): ReactNode => (
    <label key={choice} className={classes['cell']}>
      <input
        type="radio"
        name={id}
        value={choice}
        checked={marked === choice}
        onChange={() => choose(resource, choice, parts)}
      />
      <span className="visually-hidden">{label}</span>
    </label>
  )
  return (
    <>
      <tr className={`${classes['row']} ${hasDetail ? classes['open'] : ''}`}>
        <th scope="row" className={classes['name']} id={`${id}-name`}>
          {resource.label}
          {resource.description !== null && (
            <Text component="div" size="xs" c="dimmed">
              {resource.description}
            </Text>
          )}
        </th>
        <td colSpan={columns.length + 2} className={classes['held']}>
          <div role="radiogroup" aria-labelledby={`${id}-name`} className={classes['cells']}>
            {cell('none', say('createKey.matrix.none'))}
            {columns.map((column) =>
              resource.levels.some((level) => level.id === column.id) ? (
                cell(`level:${column.id}`, column.label)
              ) : (
                <Lacking
                  key={column.id}
                  text={say('createKey.matrix.lacks', { resource: resource.label, level: column.label })}
                />
              ),
            )}
            {resource.verbs.length > 1 ? cell('custom', say('createKey.matrix.custom')) : <span />}
          </div>
        </td>
      </tr>
      {hasDetail && (
        <tr>
          <td colSpan={columns.length + 3} className={classes['detail']}>
            <AccessDetail resource={resource} marked={marked} access={access} parts={parts} />
          </td>
        </tr>
      )}
    </>
  )
}

function Lacking({ text }: { readonly text: string }) {
  return (
    <span className={`${classes['cell']} ${classes['lacking']}`} title={text}>
      <span aria-hidden>–</span>
    </span>
  )
}

/** Whether a resource has more to choose than its level. */
export const detailed = (resource: Resource, marked: string, access: Access): boolean =>
  marked === 'custom' || marked === 'mixed' || (resource.instances !== null && marked !== 'none' && access !== noAccess)

/** The verbs one by one, and the instances that access is limited to. */
export function AccessDetail({
  resource,
  marked,
  access,
  parts,
}: {
  readonly resource: Resource
  readonly marked: string
  readonly access: Access
  readonly parts: MatrixParts
}) {
  const { say } = useWords()
  const format = useFormat()
  const { model, onChange } = parts
  const set = (next: Access) => onChange(withAccess(model, resource.id, next))
  if (marked === 'mixed') {
    const each = (verbs: readonly string[]) => verbs.map((verb) => verbWord(verb, say)).join(', ')
    const list = [
      ...(access.whole.length === 0 ? [] : [`${say('createKey.matrix.instancesAll')}: ${each(access.whole)}`]),
      ...Object.entries(access.limited).map(([id, verbs]) => `${instanceLabel(resource, id)}: ${each(verbs)}`),
    ]
    return <Text size="sm">{say('createKey.matrix.mixed', { list: format.list(list) })}</Text>
  }
  const held = verbsOf(access) ?? []
  return (
    <Stack gap="sm">
      {marked === 'custom' && (
        <fieldset className={classes['fieldset']}>
          <legend>{say('createKey.matrix.verbs', { resource: resource.label })}</legend>
          <div className={classes['verbs']}>
            {resource.verbs.map((verb) => (
              <Checkbox
                key={verb}
                size="xs"
                label={verbWord(verb, say)}
                checked={held.includes(verb)}
                onChange={(event) => {
                  const on = event.currentTarget.checked
                  set(
                    withVerbs(
                      access,
                      resource.verbs.filter((each) => (each === verb ? on : held.includes(each))),
                    ),
                  )
                }}
              />
            ))}
          </div>
        </fieldset>
      )}
      {held.length > 0 && <Instances resource={resource} access={access} onChange={set} />}
    </Stack>
  )
}

function Instances({
  resource,
  access,
  onChange,
}: {
  readonly resource: Resource
  readonly access: Access
  readonly onChange: (access: Access) => void
}) {
  const { say } = useWords()
  const { instances } = resource
  if (instances === null) return null
  const chosen = [...(instancesOf(access) ?? [])]
  const shared = {
    size: 'xs' as const,
    maw: 420,
    label: say('createKey.matrix.instances', { resource: resource.label }),
    value: chosen,
  }
  if (instances === 'any')
    return (
      <TagsInput
        {...shared}
        description={say('createKey.matrix.instancesAny')}
        onChange={(values) =>
          onChange(
            withInstances(
              access,
              values.filter((value) => instancePattern.test(value)),
            ),
          )
        }
      />
    )
  return (
    <MultiSelect
      {...shared}
      description={say('createKey.matrix.instancesHint')}
      data={instances.map(({ id, label }) => ({ value: id, label }))}
      placeholder={chosen.length === 0 ? say('createKey.matrix.instancesAll') : ''}
      onChange={(values) => onChange(withInstances(access, values))}
    />
  )
}
