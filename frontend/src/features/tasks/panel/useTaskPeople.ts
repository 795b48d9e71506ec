// Possible assignees of a task, and the current one.
import { computed, watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Task } from '@/api/types'
import { useProjectStore } from '@/features/projects'
import { useAuthStore } from '@/features/session'

export function useTaskPeople(task: () => Task) {
  const { t } = useI18n()
  const auth = useAuthStore()
  const projects = useProjectStore()

  watchEffect(() => projects.ensureMembers(task().project_id))

  const members = computed(() =>
    projects.membersOf(task().project_id).map(({ user_id, name }) => ({ id: user_id, name })),
  )
  const assignee = computed(() => members.value.find(({ id }) => id === task().assignee_id))
  const people = computed(() => [
    ...members.value.map(({ id, name }) => ({
      key: id,
      label: id === auth.user?.id ? t('task.filter.meNamed', { name }) : name,
      checked: task().assignee_id === id,
    })),
    { key: '', label: t('task.filter.nobody'), checked: task().assignee_id === null, separated: true },
  ])

  return { assignee, people }
}
