// The features' handlers of live events. Features register them through app/live-events.ts; nothing here depends on a feature.
import { isOwnTopic, topicId, type LiveEvent, type Topic } from './protocol'

type Kind = LiveEvent['kind']
type Has<E, K> = E extends { kind: infer Kinds } ? (K extends Kinds ? E : never) : never
type EventOf<K extends Kind> = Has<LiveEvent, K>

/** What a feature can request from the connection. */
export interface LiveControl {
  unfollow: (topic: Topic) => void
  /** Makes every feature reload what it shows of it. */
  resync: (topic: Topic) => void
}

/** What may differ from the server's state. */
export interface Resync {
  /** The user's own data: projects, notifications, reminders. */
  own: boolean
  projectIds: ReadonlySet<string>
}

export interface LiveFeature {
  events: { [K in Kind]?: (event: EventOf<K>, live: LiveControl) => void }
  /** Reloads what the feature shows of it. */
  resync?: (what: Resync) => Promise<unknown>
}

export function createRegistry({ unfollow }: Pick<LiveControl, 'unfollow'>) {
  let features: readonly LiveFeature[] = []
  const control: LiveControl = { unfollow, resync: (topic) => void applyResync(new Set([topic])) }

  /** In the order in which they are called. */
  function setFeatures(all: readonly LiveFeature[]): void {
    features = all
  }

  /** Unknown kinds come from newer servers. */
  function applyEvent(event: LiveEvent): void {
    for (const { events } of features) {
      const handle = events[event.kind] as ((event: LiveEvent, live: LiveControl) => void) | undefined
      handle?.(event, control)
    }
  }

  async function applyResync(topics: ReadonlySet<Topic>): Promise<void> {
    const all = [...topics]
    const what: Resync = {
      own: all.some(isOwnTopic),
      projectIds: new Set(all.filter((topic) => topic.startsWith('project:')).map(topicId)),
    }
    await Promise.allSettled(features.map(({ resync }) => resync?.(what)))
  }

  return { setFeatures, applyEvent, applyResync }
}
