// Search results other than tasks: projects, tags and people by name.
import { computed, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Project, Uuid } from '@/api/types'
import { useKnownPeople, useProjectStore } from '@/features/projects'
import { hasPart, nameKey } from '@/lib/fold'

const SHOWN = 6

export function useSearchPlaces(text: MaybeRefOrGetter<string>) {
  const { t } = useI18n()
  const store = useProjectStore()
  const { names, load } = useKnownPeople()
  const wanted = computed(() => toValue(text).trim())
  const found = (name: string): boolean => wanted.value !== '' && hasPart(name, wanted.value)
  const nameOf = (project: Project): string => (project.is_inbox ? t('nav.inbox') : project.name)

  const projects = computed(() =>
    [store.inbox, ...store.active, ...store.archived]
      .flatMap((project) => (project && found(nameOf(project)) ? { project, name: nameOf(project) } : []))
      .slice(0, SHOWN),
  )
  /** A name once, though several projects have it. */
  const tags = computed(() => {
    const all = [...store.byId.keys()].flatMap(store.tagsOf).filter(({ name }) => found(name))
    return [...new Map(all.map((tag) => [nameKey(tag.name), tag])).values()].slice(0, SHOWN)
  })
  const people = computed<{ id: Uuid; name: string }[]>(() =>
    [...names].flatMap(([id, name]) => (found(name) ? { id, name } : [])).slice(0, SHOWN),
  )

  watch(wanted, (now) => void load(now), { immediate: true })

  return { projects, tags, people }
}
