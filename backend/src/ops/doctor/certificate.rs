//! The certificate shown to visitors: subject, issuer, expiry.

use chrono::{DateTime, SecondsFormat, Utc};
use rustls::{
    RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use url::Url;
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, prelude::FromDer, time::ASN1Time, x509::X509Name,
};

use super::{
    Cause, Check, Finding,
    forwarding::is_this_machine,
    tls::{self, TlsError},
};
use crate::config::Config;

/// Let's Encrypt certificates are renewed 30 days before expiry: with less left, renewal has been failing.
const RENEWAL_OVERDUE_DAYS: i64 = 21;
const URGENT_DAYS: i64 = 7;

fn finding(cause: Cause) -> Finding {
    Finding::new(Check::Certificate, cause)
}

pub async fn check(config: &Config) -> Finding {
    let Some(url) = config.public_url.as_deref().and_then(|url| Url::parse(url).ok()) else {
        return finding(Cause::CertificateNotNeeded);
    };
    if url.scheme() != "https" {
        let cause = if is_this_machine(&url) { Cause::CertificateNotNeeded } else { Cause::CertificateNone };
        return finding(cause).text("url", url.as_str().trim_end_matches('/'));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let Ok(name) = ServerName::try_from(host.clone()) else {
        return finding(Cause::CertificateUnreadable).text("error", format!("{host} is not a name"));
    };
    let public = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    let mut address = public.clone();
    let mut shown = tls::certificates(&public, name.clone()).await;
    // The public name often leads nowhere from inside a container network.
    if let (Err(TlsError::Unreachable(_)), Some(inside)) = (&shown, &config.doctor.certificate_check_address) {
        address.clone_from(inside);
        shown = tls::certificates(inside, name.clone()).await;
    }
    match shown {
        Ok(chain) => judge(&chain, &name, Utc::now()).text("host", host).text("address", address),
        Err(TlsError::Unreachable(error)) => {
            finding(Cause::CertificateUnreachable).text("address", address).text("error", error)
        }
        Err(TlsError::Handshake(error)) => {
            finding(Cause::CertificateHandshakeFailed).text("address", address).text("error", error)
        }
    }
}

fn judge(chain: &[CertificateDer<'static>], name: &ServerName<'_>, now: DateTime<Utc>) -> Finding {
    let Some((own, intermediates)) = chain.split_first() else {
        return finding(Cause::CertificateUnreadable).text("error", "none was shown");
    };
    let certificate = match X509Certificate::from_der(own) {
        Ok((_, certificate)) => certificate,
        Err(error) => return finding(Cause::CertificateUnreadable).text("error", error.to_string()),
    };
    let validity = certificate.validity();
    let days_left = (validity.not_after.timestamp() - now.timestamp()).div_euclid(86_400);
    let self_signed = certificate.subject().as_raw() == certificate.issuer().as_raw();
    let cause = if validity.not_after.timestamp() <= now.timestamp() {
        Cause::CertificateExpired
    } else if validity.not_before.timestamp() > now.timestamp() {
        Cause::CertificateNotYetValid
    } else if !is_for(own, name) {
        Cause::CertificateWrongName
    } else if days_left < URGENT_DAYS {
        Cause::CertificateExpiresVerySoon
    } else if self_signed {
        Cause::CertificateSelfSigned
    } else if !is_trusted(own, intermediates) {
        Cause::CertificateUntrusted
    } else if days_left < RENEWAL_OVERDUE_DAYS {
        Cause::CertificateExpiresSoon
    } else {
        Cause::CertificateOk
    };
    finding(cause)
        .text("issuer", short_name(certificate.issuer()))
        .text("names", names(&certificate).join(", "))
        .text("valid_at", instant(&validity.not_before))
        .text("expires_at", instant(&validity.not_after))
        .number("days_left", days_left)
}

fn is_for(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    ParsedCertificate::try_from(certificate).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
}

/// With the authorities that browsers trust.
fn is_trusted(certificate: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> bool {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    ParsedCertificate::try_from(certificate).is_ok_and(|parsed| {
        let now = UnixTime::now();
        verify_server_cert_signed_by_trust_anchor(&parsed, &roots, intermediates, now, algorithms.all).is_ok()
    })
}

fn short_name(name: &X509Name<'_>) -> String {
    let part = name.iter_organization().chain(name.iter_common_name()).find_map(|part| part.as_str().ok());
    part.map_or_else(|| name.to_string(), str::to_owned)
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
            _ => None,
        })
        .collect()
}

fn instant(time: &ASN1Time) -> String {
    DateTime::from_timestamp(time.timestamp(), 0)
        .map_or_else(String::new, |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
