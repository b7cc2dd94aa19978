import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import type { Page } from './records.ts'
import { type Acting, type ApiRequest, api } from './request.ts'

/** A listing that grows by its pages. */
export interface Pages<Item> {
  readonly items: readonly Item[]
  readonly isPending: boolean
  readonly error: Error | null
  /** `null`: there is no more. */
  readonly more: (() => void) | null
  readonly isLoadingMore: boolean
  readonly retry: () => void
}

/** Reads a listing of the management API page by page. */
export function usePages<Item>(
  queryKey: QueryKey,
  path: string,
  options: { readonly acting?: Acting; readonly query?: ApiRequest['query']; readonly enabled?: boolean } = {},
): Pages<Item> {
  const { acting, query, enabled = true } = options
  const result = useInfiniteQuery({
    queryKey: [...queryKey, query ?? {}],
    queryFn: ({ pageParam, signal }) =>
      api<Page<Item>>(path, {
        signal,
        query: { ...query, cursor: pageParam },
        ...(acting === undefined ? {} : { acting }),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    enabled,
  })
  return {
    items: result.data?.pages.flatMap(({ items }) => items) ?? [],
    isPending: result.isPending,
    error: result.error,
    more: result.hasNextPage ? () => void result.fetchNextPage() : null,
    isLoadingMore: result.isFetchingNextPage,
    retry: () => void result.refetch(),
  }
}
