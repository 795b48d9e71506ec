// The columns of a board: a list per status, each loaded and counted for itself.
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { ApiError } from '@/api/errors'
import { TASK_STATUSES, type Task, type TaskStatus, type Uuid } from '@/api/types'
import { useTaskCount } from '../list/useTaskCount'
import { useTaskList } from '../list/useTaskList'
import type { Filters } from '../model/filterQuery'
import { statusQuery } from '../model/projectQuery'

export interface BoardColumnState {
  status: TaskStatus
  items: Task[]
  count: number
  loading: boolean
  error: ApiError | null
  hasMore: boolean
  reload: () => Promise<void>
  loadMore: () => Promise<void>
}

export function useBoardColumns(projectId: MaybeRefOrGetter<Uuid>, filters: MaybeRefOrGetter<Filters>) {
  const columns = TASK_STATUSES.map((status) => {
    const query = computed(() => {
      const wanted = statusQuery(toValue(filters), toValue(projectId), [status])
      return wanted && !wanted.sort && !wanted.q ? { ...wanted, sort: 'position' as const } : wanted
    })
    const list = useTaskList(query)
    const count = useTaskCount(query, () => ({
      length: list.items.value.length,
      complete: list.loaded.value && !list.hasMore.value,
      pending: !list.loaded.value && list.loading.value,
    }))
    return { status, query, list, count }
  })

  return computed<BoardColumnState[]>(() =>
    columns
      .filter(({ query }) => query.value !== null)
      .map(({ status, list, count }) => ({
        status,
        items: list.items.value,
        count: count.value,
        loading: list.loading.value,
        error: list.error.value,
        hasMore: list.hasMore.value,
        reload: list.reload,
        loadMore: list.loadMore,
      })),
  )
}
