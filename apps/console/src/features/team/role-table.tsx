import type { KeyAction } from '@keywright/core'
import { Paper, Table, Text } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import type { Config } from '../../api/records.ts'
import { type Say, useWords } from '../../locales/words.tsx'
import classes from '../../ui/listing.module.css'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { useConfig } from '../account-context.tsx'

const order: readonly KeyAction[] = ['view', 'create', 'edit', 'rotate', 'pause', 'reactivate', 'revoke', 'delete']

/** The actions that the configuration has and some role may do, each under its own name. */
function actionRows({ actions, roles, words }: Config, say: Say): readonly (readonly [KeyAction, string])[] {
  const allowed = order.filter((action) => roles.some(({ may }) => may.includes(action)))
  return allowed.flatMap((action): readonly (readonly [KeyAction, string])[] => {
    if (action === 'view' || action === 'create' || action === 'edit')
      return [[action, say(`team.${action}`, { keys: words.key.many })]]
    const offered = actions[action]
    return offered === undefined ? [] : [[action, offered.label]]
  })
}

/** What each role may do, as a table of permissions by roles. */
export function RoleTable() {
  const { say } = useWords()
  const config = useConfig()
  const { roles } = config
  if (roles.length === 0) return <Text c="dimmed">{say('team.noRoles')}</Text>
  const cell = (allowed: boolean) =>
    allowed ? (
      <>
        <IconCheck size={18} aria-hidden />
        <span className="visually-hidden">{say('team.allowed')}</span>
      </>
    ) : (
      <>
        <span aria-hidden>–</span>
        <span className="visually-hidden">{say('team.notAllowed')}</span>
      </>
    )
  return (
    <Paper>
      <ScrollRegion label={say('team.roles')}>
        <Table>
          <caption className="visually-hidden">{say('team.roles')}</caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{say('team.permission')}</Table.Th>
              {roles.map(({ id, label }) => (
                <Table.Th key={id} scope="col">
                  {label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {actionRows(config, say).map(([action, label]) => (
              <Table.Tr key={action}>
                <Table.Th scope="row" className={classes['name'] ?? ''}>
                  {label}
                </Table.Th>
                {roles.map(({ id, may }) => (
                  <Table.Td key={id}>{cell(may.includes(action))}</Table.Td>
                ))}
              </Table.Tr>
            ))}
            <Table.Tr>
              <Table.Th scope="row" className={classes['name'] ?? ''}>
                {say('team.manageTeam')}
              </Table.Th>
              {roles.map(({ id, managesMembers }) => (
                <Table.Td key={id}>{cell(managesMembers)}</Table.Td>
              ))}
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Paper>
  )
}
