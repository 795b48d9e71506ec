use ipnet::IpNet;

use super::EnvReader;

/// Where webhooks may send to.
#[derive(Debug, Clone, Default)]
pub struct WebhookConfig {
    /// Allowed networks although their addresses are not public.
    pub allowed_networks: Vec<IpNet>,
    /// Networks that are always refused.
    pub denied_networks: Vec<IpNet>,
    /// Whether `http:` URLs are allowed.
    pub allow_http: bool,
    /// Webhooks that one worker sends to concurrently.
    pub connections: usize,
    /// Messages that may wait for one webhook before it is switched off; 0: unlimited.
    pub max_waiting: u32,
}

pub fn read(env: &mut EnvReader<'_>) -> WebhookConfig {
    WebhookConfig {
        allowed_networks: env.networks("WEBHOOK_ALLOWED_NETWORKS"),
        denied_networks: env.networks("WEBHOOK_DENIED_NETWORKS"),
        allow_http: env.or("WEBHOOK_ALLOW_HTTP", false, "true or false"),
        connections: env.number("WEBHOOK_CONNECTIONS", 32, 1, 1000),
        max_waiting: env.number("WEBHOOK_MAX_WAITING", 10_000, 0, 10_000_000),
    }
}
