import { isProblem, type Problem } from '@keywright/core'
import type { Page } from '../../storage/ports.ts'

/** A page as answers say it; a refusal as it is. */
export function pageWire<Item, Wire, Refused extends Problem = never>(
  page: Page<Item> | Refused,
  itemWire: (item: Item) => Wire,
): { readonly items: Wire[]; readonly nextCursor: string | null } | Refused {
  if (isProblem(page)) return page
  return { items: page.items.map(itemWire), nextCursor: page.nextCursor }
}
