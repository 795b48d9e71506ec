import { api } from '@/api/call'
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

export async function listWebhooks(projectId: Uuid): Promise<Webhook[]> {
  return (await api.get('/projects/{id}/webhooks', { path: { id: projectId } })).items
}

export async function getWebhook(projectId: Uuid, id: Uuid): Promise<Webhook> {
  return api.get('/projects/{id}/webhooks/{webhook_id}', { path: { id: projectId, webhook_id: id } })
}

export async function createWebhook(projectId: Uuid, input: WebhookInput): Promise<WebhookWithSecret> {
  // A newly created webhook comes with its secret; only repeating the same id returns it without.
  return (await api.post('/projects/{id}/webhooks', {
    path: { id: projectId },
    body: input,
  })) as WebhookWithSecret
}

export async function updateWebhook(projectId: Uuid, id: Uuid, patch: WebhookPatch): Promise<Webhook> {
  return api.patch('/projects/{id}/webhooks/{webhook_id}', {
    path: { id: projectId, webhook_id: id },
    body: patch,
  })
}

export async function deleteWebhook(projectId: Uuid, id: Uuid): Promise<void> {
  await api.delete('/projects/{id}/webhooks/{webhook_id}', { path: { id: projectId, webhook_id: id } })
}

export async function rotateWebhookSecret(projectId: Uuid, id: Uuid): Promise<WebhookWithSecret> {
  return api.post('/projects/{id}/webhooks/{webhook_id}/rotate-secret', {
    path: { id: projectId, webhook_id: id },
  })
}

export async function testWebhook(projectId: Uuid, id: Uuid): Promise<WebhookDelivery> {
  return api.post('/projects/{id}/webhooks/{webhook_id}/test', { path: { id: projectId, webhook_id: id } })
}

export async function listWebhookDeliveries(
  projectId: Uuid,
  id: Uuid,
  cursor?: string,
): Promise<Page<WebhookDelivery>> {
  return api.get('/projects/{id}/webhooks/{webhook_id}/deliveries', {
    path: { id: projectId, webhook_id: id },
    query: { cursor },
  })
}

export async function getWebhookDelivery(
  projectId: Uuid,
  id: Uuid,
  deliveryId: Uuid,
): Promise<WebhookDeliveryDetails> {
  return api.get('/projects/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}', {
    path: { id: projectId, webhook_id: id, delivery_id: deliveryId },
  })
}

export async function sendWebhookDeliveryAgain(
  projectId: Uuid,
  id: Uuid,
  deliveryId: Uuid,
): Promise<WebhookDelivery> {
  return api.post('/projects/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again', {
    path: { id: projectId, webhook_id: id, delivery_id: deliveryId },
  })
}
