// The filters in words: for the chips and for the menus that set them.
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { TASK_PRIORITIES, TASK_STATUSES, type Uuid } from '@/api/types'
import { useKnownPeople, useProjectStore } from '@/features/projects'
import { useAuthStore } from '@/features/session'
import { useNowText } from '@/i18n/useNowText'
import { compareText } from '@/lib/collation'
import { dayText } from '@/lib/dateText'
import { nameKey } from '@/lib/fold'
import { DUE_CHOICES, SORTS, type Filters } from '../model/filterQuery'
import { PRIORITY_ICON, priorityColor, STATUS_COLORS, STATUS_ICONS } from '../taskLook'

export interface FilterChip {
  key: string
  label: string
  /** Removes the filter. */
  without: Partial<Filters>
}

export function useFilterLabels(projectId: MaybeRefOrGetter<Uuid | undefined>) {
  const { t } = useI18n()
  const { context } = useNowText()
  const auth = useAuthStore()
  const projects = useProjectStore()
  const { names, load } = useKnownPeople()
  if (toValue(projectId) === undefined) void load()
  const me = computed(() => auth.user?.id)

  const tagNames = computed(() => {
    const id = toValue(projectId)
    const tags = id === undefined ? [...projects.byId.keys()].flatMap(projects.tagsOf) : projects.tagsOf(id)
    const names = new Map(tags.map(({ name, color }) => [nameKey(name), { name, color }]))
    return [...names.values()].sort((a, b) => compareText(a.name, b.name))
  })
  const people = computed(() => {
    const id = toValue(projectId)
    const others =
      id === undefined
        ? [...names].map(([user_id, name]) => ({ user_id, name }))
        : projects.membersOf(id).filter(({ user_id }) => user_id !== me.value)
    return [
      { id: 'me', name: t('task.filter.me') },
      ...others.map(({ user_id, name }) => ({ id: user_id, name })),
      { id: 'none', name: t('task.filter.nobody') },
    ]
  })

  function projectName(id: Uuid): string {
    const project = projects.get(id)
    return project?.is_inbox ? t('nav.inbox') : (project?.name ?? t('nav.project'))
  }

  function personName(id: string): string {
    return people.value.find((person) => person.id === id)?.name ?? t('task.assignee')
  }

  function rangeText({ from, to }: Filters): string {
    const text = (day: string) => dayText(day, context.value)
    if (from && to) return t('task.filter.between', { from: text(from), to: text(to) })
    return from ? t('task.filter.from', { day: text(from) }) : t('task.filter.until', { day: text(to ?? '') })
  }

  function menus(filters: Filters) {
    return {
      status: TASK_STATUSES.map((key) => ({
        key,
        label: t(`task.statuses.${key}`),
        icon: STATUS_ICONS[key],
        color: STATUS_COLORS[key],
        checked: filters.status.includes(key),
      })),
      priority: TASK_PRIORITIES.toReversed().map((key) => ({
        key,
        label: t(`task.priorities.${key}`),
        icon: PRIORITY_ICON,
        color: priorityColor(key),
        checked: filters.priority.includes(key),
      })),
      tag: tagNames.value.map(({ name, color }) => ({
        key: name,
        label: name,
        color: color ?? 'var(--color-text-3)',
        checked: filters.tag.some((tag) => nameKey(tag) === nameKey(name)),
      })),
      assignee: [
        { key: 'mine', label: t('scope.mine'), checked: filters.mine },
        ...people.value.map(({ id, name }, index) => ({
          key: id,
          label: name,
          checked: filters.assignee === id,
          separated: index === 0,
        })),
      ],
      due: [
        ...DUE_CHOICES.map((key) => ({
          key,
          label: t(`task.filter.dues.${key}`),
          checked: filters.due === key,
        })),
        {
          key: 'range',
          label: t('task.filter.range'),
          checked: Boolean(filters.from ?? filters.to),
          separated: true,
        },
      ],
      sort: SORTS.map((key) => ({
        key,
        // Over all projects there is no order of one's own: then it is the server's choice.
        label:
          key === 'position' && toValue(projectId) === undefined
            ? t('task.sortDefault')
            : t(`task.sorts.${key}`),
        checked: filters.sort === key || (filters.sort === null && key === 'position'),
      })),
    }
  }

  function chips(filters: Filters): FilterChip[] {
    const list: FilterChip[] = []
    if (filters.q.trim()) {
      list.push({ key: 'q', label: t('task.filter.quoted', { text: filters.q.trim() }), without: { q: '' } })
    }
    if (filters.project) {
      list.push({ key: 'project', label: projectName(filters.project), without: { project: null } })
    }
    for (const status of filters.status) {
      const rest = filters.status.filter((other) => other !== status)
      list.push({ key: `status:${status}`, label: t(`task.statuses.${status}`), without: { status: rest } })
    }
    for (const priority of filters.priority) {
      const rest = filters.priority.filter((other) => other !== priority)
      const label = t('task.filter.priority', { priority: t(`task.priorities.${priority}`) })
      list.push({ key: `priority:${priority}`, label, without: { priority: rest } })
    }
    for (const tag of filters.tag) {
      const rest = filters.tag.filter((other) => other !== tag)
      list.push({ key: `tag:${tag}`, label: `# ${tag}`, without: { tag: rest } })
    }
    if (filters.assignee) {
      list.push({ key: 'assignee', label: personName(filters.assignee), without: { assignee: null } })
    }
    if (filters.mine) list.push({ key: 'mine', label: t('scope.mine'), without: { mine: false } })
    if (filters.due) {
      list.push({ key: 'due', label: t(`task.filter.dues.${filters.due}`), without: { due: null } })
    }
    if (filters.from || filters.to) {
      list.push({ key: 'range', label: rangeText(filters), without: { from: null, to: null } })
    }
    return list
  }

  return { menus, chips, projectName }
}
