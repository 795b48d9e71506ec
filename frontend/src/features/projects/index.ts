// Projects with their members, tags and invitations; not the tasks in them.
export { listBlocked, unblock } from './api/ownInvitations'
export { default as OpenInvitations } from './invitations/OpenInvitations.vue'
export { liveProjects } from './live'
export { NO_ICON, PROJECT_COLORS } from './model/projectLook'
export { tagColor } from './model/tagColor'
export { default as ProjectHeader } from './ProjectHeader.vue'
export { default as ProjectIcon } from './ProjectIcon.vue'
export { useOpenInvitationStore } from './store/openInvitations'
export { useProjectStore } from './store/projects'
export { default as TagChip } from './tags/TagChip.vue'
export { useKnownPeople } from './useKnownPeople'

export const loadMembersDialog = () => import('./members/MembersDialog.vue')
export const loadOwnershipOffer = () => import('./members/OwnershipOffer.vue')
export const loadProjectDialog = () => import('./ProjectDialog.vue')

export const projectPages = {
  acceptInvitation: () => import('./invitations/AcceptInvitation.vue'),
}
