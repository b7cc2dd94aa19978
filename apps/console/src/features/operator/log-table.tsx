import { Button, Paper, Skeleton, Stack, Table } from '@mantine/core'
import type { ReactNode } from 'react'
import type { LogEntry } from '../../api/records.ts'
import type { Pages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { useLogNames } from './log-names.ts'
import { LogRow, logColumns } from './log-row.tsx'

const headings = ['when', 'event', 'actor', 'account', 'target', 'network'] as const
const skeletonRows = ['a', 'b', 'c', 'd', 'e']

/** Entries of the log, newest first; each opens to what else is known of it. */
export function LogTable({ pages, empty }: { readonly pages: Pages<LogEntry>; readonly empty: ReactNode }) {
  const { say } = useWords()
  const names = useLogNames()
  if (pages.error !== null && pages.items.length === 0) return <ErrorNote error={pages.error} retry={pages.retry} />
  if (!pages.isPending && pages.items.length === 0) return empty
  return (
    <Stack gap="sm">
      <Paper>
        <ScrollRegion label={say('operator.entry.caption')}>
          <Table aria-busy={pages.isPending} verticalSpacing={6}>
            <caption className="visually-hidden">{say('operator.entry.caption')}</caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">
                  <span className="visually-hidden">{say('common.details')}</span>
                </Table.Th>
                {headings.map((heading) => (
                  <Table.Th key={heading} scope="col">
                    {say(`operator.entry.${heading}`)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {pages.isPending
                ? skeletonRows.map((row) => (
                    <Table.Tr key={row}>
                      <Table.Td colSpan={logColumns}>
                        <Skeleton height={16} my={6} />
                      </Table.Td>
                    </Table.Tr>
                  ))
                : pages.items.map((entry) => (
                    <LogRow key={`${entry.epoch}-${entry.number}`} entry={entry} names={names} />
                  ))}
            </Table.Tbody>
          </Table>
        </ScrollRegion>
      </Paper>
      {pages.more !== null && (
        <Button variant="default" onClick={pages.more} loading={pages.isLoadingMore} style={{ alignSelf: 'center' }}>
          {say('common.loadMore')}
        </Button>
      )}
    </Stack>
  )
}
