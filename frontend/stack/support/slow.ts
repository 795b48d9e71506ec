/** The tag of what `make test-compose` leaves out and `make test-full` runs: it takes minutes, and few changes can break it. */
export const SLOW = '@slow'
