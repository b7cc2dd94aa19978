import { NativeSelect, Stack, Text } from '@mantine/core'
import { useWords } from '../../../locales/words.tsx'
import { noAccess, withLevel } from './grant-model.ts'
import { AccessDetail, choose, detailed, markedOf } from './matrix-row.tsx'
import type { MatrixParts } from './permission-matrix.tsx'

/** The resources one under the other, each with one choice: for screens where a table would be too wide. */
export function MatrixStack(parts: MatrixParts) {
  const { say } = useWords()
  const { groups, columns, model, onChange, onOpen } = parts
  const none = { value: 'none', label: say('createKey.matrix.none') }
  return (
    <Stack gap="lg">
      {groups.map((group) => {
        const name = group.label ?? say('createKey.matrix.other')
        return (
          <Stack key={group.id} gap="sm">
            {(groups.length > 1 || group.label !== null) && (
              <>
                <Text fw={600}>{name}</Text>
                {group.resources.length > 1 && (
                  <NativeSelect
                    size="xs"
                    label={say('createKey.matrix.setAllOf', { group: name })}
                    value=""
                    data={[
                      { value: '', label: '–' },
                      none,
                      ...columns.map(({ id, label }) => ({ value: `level:${id}`, label })),
                    ]}
                    onChange={(event) => {
                      const { value } = event.currentTarget
                      if (value === '') return
                      for (const { id } of group.resources) onOpen(id, false)
                      onChange(
                        withLevel(model, group.resources, value === 'none' ? null : value.slice('level:'.length)),
                      )
                    }}
                  />
                )}
              </>
            )}
            {group.resources.map((resource) => {
              const marked = markedOf(resource, parts)
              const access = model[resource.id] ?? noAccess
              return (
                <Stack key={resource.id} gap="xs">
                  <NativeSelect
                    label={resource.label}
                    description={resource.description}
                    value={marked}
                    data={[
                      none,
                      ...resource.levels.map(({ id, label }) => ({ value: `level:${id}`, label })),
                      ...(resource.verbs.length > 1 || marked === 'custom'
                        ? [{ value: 'custom', label: say('createKey.matrix.custom') }]
                        : []),
                      ...(marked === 'mixed' ? [{ value: 'mixed', label: say('createKey.matrix.custom') }] : []),
                    ]}
                    onChange={(event) => {
                      if (event.currentTarget.value !== 'mixed') choose(resource, event.currentTarget.value, parts)
                    }}
                  />
                  {detailed(resource, marked, access) && (
                    <AccessDetail resource={resource} marked={marked} access={access} parts={parts} />
                  )}
                </Stack>
              )
            })}
          </Stack>
        )
      })}
    </Stack>
  )
}
