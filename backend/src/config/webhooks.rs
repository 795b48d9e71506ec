use ipnet::IpNet;

use super::EnvReader;

/// Where webhooks may lead.
#[derive(Debug, Clone, Default)]
pub struct WebhookConfig {
    /// Networks that are reached although their addresses are not public.
    pub allowed_networks: Vec<IpNet>,
    /// Networks that are never reached, whatever else is said of them.
    pub denied_networks: Vec<IpNet>,
    /// Whether URLs may begin with `http:` too.
    pub allow_http: bool,
    /// To how many webhooks one worker sends at once.
    pub connections: usize,
    /// How many messages may wait for one webhook before it is switched off; 0 for any number.
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
