import { Group, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type CSSProperties, Fragment, useState } from 'react'
import type { Resource } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { useConfig } from '../../account-context.tsx'
import { countOf, type GrantModel, grouped, levelColumns, withLevel } from './grant-model.ts'
import { type Columns, MatrixRow } from './matrix-row.tsx'
import { MatrixStack } from './matrix-stack.tsx'
import classes from './permission-matrix.module.css'

type Groups = ReturnType<typeof grouped>

function filtered(groups: Groups, search: string): Groups {
  const wanted = search.trim().toLocaleLowerCase()
  if (wanted === '') return groups
  return groups
    .map((group) => ({
      ...group,
      resources: group.resources.filter(({ id, label, description }) =>
        `${id} ${label} ${description ?? ''}`.toLocaleLowerCase().includes(wanted),
      ),
    }))
    .filter(({ resources }) => resources.length > 0)
}

const filterFrom = 8

/** What a key may do with each resource: a level of each in a table, or a list of choices where a table would be too wide. */
export function PermissionMatrix({
  model,
  onChange,
}: {
  readonly model: GrantModel
  readonly onChange: (model: GrantModel) => void
}) {
  const { say } = useWords()
  const config = useConfig()
  const narrow = useMediaQuery('(max-width: 40em)', undefined, { getInitialValueInEffect: false }) === true
  const [search, setSearch] = useState('')
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const groups = filtered(grouped(config), search)
  const columns: Columns = levelColumns(config.resources)
  const parts = {
    groups,
    columns,
    model,
    onChange,
    opened,
    onOpen: (resourceId: string, open: boolean) => {
      const next = new Set(opened)
      if (open) next.add(resourceId)
      else next.delete(resourceId)
      setOpened(next)
    },
  }
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="sm">
        {config.resources.length > filterFrom ? (
          <TextInput
            size="xs"
            style={{ flex: '1 1 200px', maxWidth: 280 }}
            leftSection={<IconSearch size={14} aria-hidden />}
            aria-label={say('createKey.matrix.filter')}
            placeholder={say('createKey.matrix.filter')}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        ) : (
          <span />
        )}
        <span className={classes['count']} aria-live="polite">
          {say('createKey.matrix.count', { count: countOf(model), total: config.resources.length })}
        </span>
      </Group>
      {groups.length === 0 && <Text c="dimmed">{say('createKey.matrix.noMatch')}</Text>}
      {groups.length > 0 && (narrow ? <MatrixStack {...parts} /> : <MatrixTable {...parts} />)}
    </Stack>
  )
}

/** What the table and the list are made of. */
export interface MatrixParts {
  readonly groups: Groups
  readonly columns: Columns
  readonly model: GrantModel
  readonly onChange: (model: GrantModel) => void
  /** Resources whose verbs are chosen one by one. */
  readonly opened: ReadonlySet<string>
  readonly onOpen: (resourceId: string, open: boolean) => void
}

const lacksSome = (resources: readonly Resource[], columns: Columns): boolean =>
  resources.some(({ levels }) => columns.some((column) => !levels.some(({ id }) => id === column.id)))

function MatrixTable({ groups, columns, ...parts }: MatrixParts) {
  const { say } = useWords()
  const width = columns.length + 2
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard (WCAG 2.1.1). */}
      <section className={classes['scroll']} aria-label={say('createKey.matrix.caption')} tabIndex={0}>
        <table className={classes['table']} style={{ '--levels': width, minWidth: 160 + width * 84 } as CSSProperties}>
          <caption className="visually-hidden">{say('createKey.matrix.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{say('createKey.matrix.resource')}</th>
              <th scope="col" className={classes['level']}>
                {say('createKey.matrix.none')}
              </th>
              {columns.map((column) => (
                <th key={column.id} scope="col" className={classes['level']}>
                  {column.label}
                </th>
              ))}
              <th scope="col" className={classes['level']}>
                {say('createKey.matrix.custom')}
              </th>
            </tr>
          </thead>
          {groups.map((group) => (
            <tbody key={group.id}>
              {(groups.length > 1 || group.label !== null) && (
                <tr className={classes['group']}>
                  <th scope="rowgroup" className={classes['groupName']}>
                    {group.label ?? say('createKey.matrix.other')}
                  </th>
                  <td colSpan={width}>
                    {group.resources.length > 1 && <SetAll group={group} columns={columns} {...parts} />}
                  </td>
                </tr>
              )}
              {group.resources.map((resource) => (
                <Fragment key={resource.id}>
                  <MatrixRow resource={resource} columns={columns} {...parts} />
                </Fragment>
              ))}
            </tbody>
          ))}
        </table>
      </section>
      {lacksSome(
        groups.flatMap(({ resources }) => resources),
        columns,
      ) && (
        <Text size="xs" c="dimmed">
          {say('createKey.matrix.lacksNote')}
        </Text>
      )}
    </>
  )
}

function SetAll({
  group,
  columns,
  model,
  onChange,
  onOpen,
}: Omit<MatrixParts, 'groups'> & { readonly group: Groups[number] }) {
  const { say } = useWords()
  const name = group.label ?? say('createKey.matrix.other')
  const choices = [{ id: null, label: say('createKey.matrix.none') }, ...columns]
  return (
    <div className={classes['cells']}>
      {choices.map((choice) => {
        const possible =
          choice.id === null || group.resources.some(({ levels }) => levels.some(({ id }) => id === choice.id))
        return possible ? (
          <UnstyledButton
            key={choice.id ?? ''}
            className={classes['all'] ?? ''}
            aria-label={`${say('createKey.matrix.all')} · ${name} · ${choice.label}`}
            onClick={() => {
              for (const { id } of group.resources) onOpen(id, false)
              onChange(withLevel(model, group.resources, choice.id))
            }}
          >
            {say('createKey.matrix.all')}
          </UnstyledButton>
        ) : (
          <span key={choice.id} />
        )
      })}
      <span />
    </div>
  )
}
