import { http } from '@/api/client'
import type {
  Page,
  Uuid,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetails,
  WebhookInput,
  WebhookPatch,
  WebhookWithSecret,
} from '@/api/types'

const pathOf = (projectId: Uuid, id: Uuid): string => `/projects/${projectId}/webhooks/${id}`

export async function listWebhooks(projectId: Uuid): Promise<Webhook[]> {
  return (await http.get<Page<Webhook>>(`/projects/${projectId}/webhooks`)).data.items
}

export async function getWebhook(projectId: Uuid, id: Uuid): Promise<Webhook> {
  return (await http.get<Webhook>(pathOf(projectId, id))).data
}

export async function createWebhook(projectId: Uuid, input: WebhookInput): Promise<WebhookWithSecret> {
  return (await http.post<WebhookWithSecret>(`/projects/${projectId}/webhooks`, input)).data
}

export async function updateWebhook(projectId: Uuid, id: Uuid, patch: WebhookPatch): Promise<Webhook> {
  return (await http.patch<Webhook>(pathOf(projectId, id), patch)).data
}

export async function deleteWebhook(projectId: Uuid, id: Uuid): Promise<void> {
  await http.delete(pathOf(projectId, id))
}

export async function rotateWebhookSecret(projectId: Uuid, id: Uuid): Promise<WebhookWithSecret> {
  return (await http.post<WebhookWithSecret>(`${pathOf(projectId, id)}/rotate-secret`)).data
}

export async function testWebhook(projectId: Uuid, id: Uuid): Promise<WebhookDelivery> {
  return (await http.post<WebhookDelivery>(`${pathOf(projectId, id)}/test`)).data
}

export async function listWebhookDeliveries(
  projectId: Uuid,
  id: Uuid,
  cursor?: string,
): Promise<Page<WebhookDelivery>> {
  const path = `${pathOf(projectId, id)}/deliveries`
  return (await http.get<Page<WebhookDelivery>>(path, { params: { cursor } })).data
}

export async function getWebhookDelivery(
  projectId: Uuid,
  id: Uuid,
  deliveryId: Uuid,
): Promise<WebhookDeliveryDetails> {
  return (await http.get<WebhookDeliveryDetails>(`${pathOf(projectId, id)}/deliveries/${deliveryId}`)).data
}

export async function sendWebhookDeliveryAgain(
  projectId: Uuid,
  id: Uuid,
  deliveryId: Uuid,
): Promise<WebhookDelivery> {
  const path = `${pathOf(projectId, id)}/deliveries/${deliveryId}/send-again`
  return (await http.post<WebhookDelivery>(path)).data
}
