//! Sends spans to the collector with the HTTP client that the program already includes. The exporter has its own thread, but its requests
//! run on the runtime, like all other connections.

use std::{fmt, fs, sync::Arc};

use anyhow::Context;
use futures_util::future::BoxFuture;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::{Client, redirect::Policy};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::runtime::Handle;

use crate::config::TraceConfig;

/// Limit for reading an answer; a successful one is empty or says how many spans were rejected.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Called after every export with its result.
pub type Report = Box<dyn Fn(Result<(), String>) + Send + Sync>;

pub struct Collector {
    client: Client,
    runtime: Handle,
    report: Report,
}

impl Collector {
    /// Must be called in the context of the runtime.
    pub fn new(config: &TraceConfig, report: Report) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = &config.certificate {
            let cannot_read = || format!("OTEL_EXPORTER_OTLP_CERTIFICATE: cannot read {}", path.display());
            let pem = fs::read(path).with_context(cannot_read)?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                roots.add(certificate.with_context(cannot_read)?).with_context(cannot_read)?;
            }
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .timeout(config.timeout)
            .user_agent(concat!("TodoListPlus/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, runtime: Handle::current(), report })
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

impl HttpClient for Collector {
    fn send_bytes<'life, 'answer>(
        &'life self,
        request: Request<Bytes>,
    ) -> BoxFuture<'answer, Result<Response<Bytes>, HttpError>>
    where
        'life: 'answer,
    {
        let sent = self.runtime.spawn(send(self.client.clone(), request));
        Box::pin(async move {
            let sent = sent.await.map_err(anyhow::Error::new).flatten();
            (self.report)(match &sent {
                Ok(response) if response.status().is_success() => Ok(()),
                Ok(response) => Err(format!("the collector answered {}", response.status())),
                Err(error) => Err(format!("{error:#}")),
            });
            Ok(sent?)
        })
    }
}

async fn send(client: Client, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
    // The URL may contain a key.
    let mut answer = client.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let mut head = Response::builder().status(answer.status());
    if let Some(retry_after) = answer.headers().get("retry-after") {
        head = head.header("retry-after", retry_after);
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&part);
        if body.len() > MAX_ANSWER_BYTES {
            break;
        }
    }
    Ok(head.body(Bytes::from(body))?)
}
