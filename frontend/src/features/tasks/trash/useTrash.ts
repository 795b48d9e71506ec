// Loads the trash: tasks in pages, projects all at once.
import { ref, shallowRef } from 'vue'
import { type ApiError, toApiError } from '@/api/errors'
import { useProjectStore } from '@/features/projects'
import { useTaskStore } from '../store/tasks'

export function useTrash() {
  const tasks = useTaskStore()
  const projects = useProjectStore()
  const loading = ref(false)
  const loadingMore = ref(false)
  const error = shallowRef<ApiError | null>(null)

  async function attempt(action: () => Promise<unknown>): Promise<void> {
    error.value = null
    try {
      await action()
    } catch (problem) {
      error.value = toApiError(problem)
    }
  }

  async function load(): Promise<void> {
    loading.value = true
    await attempt(() => Promise.all([tasks.loadTrash(), projects.loadTrash()]))
    loading.value = false
  }

  async function loadMore(): Promise<void> {
    loadingMore.value = true
    await attempt(() => tasks.loadTrash({ more: true }))
    loadingMore.value = false
  }

  void load()
  return { loading, loadingMore, error, load, loadMore }
}
