// The time zone in which the page shows moments: the person's, or this device's while nobody is signed in.
import { computed, ref } from 'vue'
import { usableTimeZone } from '@/lib/timeZones'

const chosen = ref<string>()

export const timeZone = computed(() => usableTimeZone(chosen.value))

/** By its IANA name, as the profile has it. */
export function setTimeZone(id: string | undefined): void {
  chosen.value = id
}
