import { Button, Paper, Skeleton, Stack, Table } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Pages } from '../api/use-pages.ts'
import { useWords } from '../locales/words.tsx'
import { ErrorNote } from './error-note.tsx'
import classes from './listing.module.css'
import { ScrollRegion } from './scroll-region.tsx'

/** One column of a listing. */
export interface Column<Item> {
  readonly id: string
  readonly label: string
  readonly cell: (item: Item) => ReactNode
  /** Its heading is for readers of the screen alone. */
  readonly headingHidden?: boolean
  /** The cell that names the row. */
  readonly names?: boolean
  /** Its cells are numbers, which stand at the right. */
  readonly numeric?: boolean
}

const skeletonRows = ['a', 'b', 'c']

/** A plain table over the pages of a listing: its own region to move sideways in, skeletons of its rows, its failure, its way to more. */
export function Listing<Item extends { readonly id: string }>({
  caption,
  columns,
  pages,
  empty,
}: {
  readonly caption: string
  readonly columns: readonly Column<Item>[]
  readonly pages: Pages<Item>
  readonly empty: ReactNode
}) {
  const { say } = useWords()
  if (pages.error !== null && pages.items.length === 0) return <ErrorNote error={pages.error} retry={pages.retry} />
  if (!pages.isPending && pages.items.length === 0) return empty
  return (
    <Stack gap="sm">
      <Paper>
        <ScrollRegion label={caption}>
          <Table aria-busy={pages.isPending}>
            <caption className="visually-hidden">{caption}</caption>
            <Table.Thead>
              <Table.Tr>
                {columns.map(({ id, label, headingHidden, numeric }) => (
                  <Table.Th key={id} scope="col" ta={numeric === true ? 'right' : undefined}>
                    <span className={headingHidden === true ? 'visually-hidden' : undefined}>{label}</span>
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {pages.isPending
                ? skeletonRows.map((row) => (
                    <Table.Tr key={row}>
                      {columns.map(({ id }) => (
                        <Table.Td key={id}>
                          <Skeleton height={16} width="70%" />
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))
                : pages.items.map((item) => (
                    <Table.Tr key={item.id}>
                      {columns.map(({ id, cell, names, numeric }) =>
                        names === true ? (
                          <Table.Th key={id} scope="row" className={classes['name'] ?? ''}>
                            {cell(item)}
                          </Table.Th>
                        ) : (
                          <Table.Td key={id} ta={numeric === true ? 'right' : undefined}>
                            {cell(item)}
                          </Table.Td>
                        ),
                      )}
                    </Table.Tr>
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
