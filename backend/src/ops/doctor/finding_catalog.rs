//! Every cause that a check can name: how bad it is, what is wrong and how to mend it, in English for the command line. The
//! page has the same in its languages, under the cause's name (`frontend/src/features/admin/locales`, `admin.causes`).

use serde::Serialize;
use utoipa::ToSchema;

/// How bad it is, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Ok,
    /// It could not be found out.
    Unknown,
    /// It works, and should be mended.
    Warning,
    /// Something does not work, or soon will not.
    Problem,
}

pub struct Entry {
    pub status: Severity,
    pub what: &'static str,
    pub remedy: &'static str,
}

macro_rules! causes {
    ($($name:ident: $status:ident, $what:literal, $remedy:literal;)*) => {
        /// Why a finding is as it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Cause {
            $($name,)*
        }

        impl Cause {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn entry(self) -> Entry {
                match self {
                    $(Self::$name => Entry { status: Severity::$status, what: $what, remedy: $remedy },)*
                }
            }
        }
    };
}

causes! {
    DirectConnection: Ok,
        "Visitors reach the server without a proxy. Yours is the address {address}.",
        "";
    ClientAddressOk: Ok,
        "The proxies say who asks. Yours is the address {address}; if that is not so, TRUSTED_PROXIES is wrong.",
        "";
    ProxyNotTrusted: Problem,
        "A proxy at {peer} sends X-Forwarded-For, but TRUSTED_PROXIES ({trusted}) does not name it: all visitors count as one, and one of them can use up the rate limits of all.",
        "Set TRUSTED_PROXIES to the addresses or networks of your own proxies, such as {peer}, and restart the server.";
    ProxyHidden: Problem,
        "PUBLIC_URL is https, so a proxy must stand before the server. But it sends no X-Forwarded-For, and TRUSTED_PROXIES ({trusted}) does not name it: all visitors count as {peer}.",
        "In Nginx add: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; then set TRUSTED_PROXIES={peer} and restart the server.";
    ForwardedForMissing: Problem,
        "TRUSTED_PROXIES is {trusted}, but this request came from {peer} without X-Forwarded-For.",
        "Let the proxy send it (Nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;). When no proxy stands before the server, set TRUSTED_PROXIES=0.";
    ForwardedForTooShort: Problem,
        "X-Forwarded-For names {count} of the {trusted} proxies that TRUSTED_PROXIES promises, so nobody's address is believed.",
        "Set TRUSTED_PROXIES={count}, or let every proxy append the address that it sees.";
    ForwardedForUnreadable: Problem,
        "Where X-Forwarded-For should have your address it has {entry}.",
        "Let the proxy send the address that it sees (Nginx: $remote_addr).";
    MoreProxiesThanTrusted: Warning,
        "Your address is taken to be {address}, one of a private network, while X-Forwarded-For begins with {first}: there seems to be one more proxy than TRUSTED_PROXIES ({trusted}) names.",
        "When that is a proxy of yours too, add it to TRUSTED_PROXIES and restart the server. Otherwise nothing is wrong: a visitor sent the header along.";
    ClientAddressIsDocker: Warning,
        "Your address is taken to be {address}, which looks like Docker's own. Unless you sit at the server itself, all visitors count as one.",
        "Nothing, when you opened the app on the server. Otherwise let Docker keep addresses: run it as root, and for IPv6 with \"ip6tables\": true in /etc/docker/daemon.json.";
    PublicAddressOk: Ok,
        "This request came to {seen}, as PUBLIC_URL says.",
        "";
    PublicUrlNotNeeded: Ok,
        "PUBLIC_URL is not set, and is not needed while the app is used on this machine alone.",
        "";
    PublicUrlMissing: Warning,
        "The app is reached as {host}, but PUBLIC_URL is not set: links in mails cannot be right, and cookies are not kept to HTTPS.",
        "Set PUBLIC_URL to the address that people type, such as https://todo.example.org, and restart the server.";
    ForwardedProtoMissing: Problem,
        "PUBLIC_URL is {expected}, but this request does not say that it came by HTTPS: X-Forwarded-Proto is missing.",
        "In Nginx add: proxy_set_header X-Forwarded-Proto $scheme; and open the app by PUBLIC_URL, not by the server's own port.";
    SchemeDiffers: Problem,
        "This request came to {seen}, while PUBLIC_URL is {expected}.",
        "Let the proxy redirect HTTP to HTTPS and send X-Forwarded-Proto $scheme, or correct PUBLIC_URL.";
    HostDiffers: Warning,
        "This request came to {seen}, while PUBLIC_URL is {expected}, and there all links lead.",
        "Open the app by PUBLIC_URL, or correct it. When the address was right, let the proxy pass it on (Nginx: proxy_set_header Host $http_host;).";
    CookiesOk: Ok,
        "The session's cookie is {flags}, as it should be.",
        "";
    CookieNotSecure: Problem,
        "PUBLIC_URL is https, but the session's cookie is not Secure, so a browser may send it unencrypted.",
        "Remove COOKIE_SECURE=false from the configuration and restart the server.";
    CookieSecureWithoutHttps: Problem,
        "The session's cookie is Secure, but PUBLIC_URL is not https: browsers do not keep it, and people are signed out whenever they reload the page.",
        "Serve the app over HTTPS and set PUBLIC_URL=https://…, or remove COOKIE_SECURE=true.";
    ClockOk: Ok,
        "The clocks of the server and the database agree.",
        "";
    ClockDiffers: Warning,
        "The clocks of the server and the database are {difference_seconds} apart.",
        "Let both machines keep their clocks by NTP (timedatectl set-ntp true).";
    ClockFarOff: Problem,
        "The clocks of the server and the database are {difference_seconds} apart: sessions end at the wrong time, and so do due dates.",
        "Let both machines keep their clocks by NTP (timedatectl set-ntp true), then restart the server.";
    ClockUnknown: Unknown,
        "The database did not tell its time.",
        "See the check of the database.";
    CertificateOk: Ok,
        "The certificate of {host} is valid until {expires_at} ({days_left} days). It was issued by {issuer}.",
        "";
    CertificateNotNeeded: Ok,
        "The app is used without HTTPS on this machine alone, and needs no certificate.",
        "";
    CertificateNone: Warning,
        "{url} is not https: passwords travel unencrypted, and browsers keep notifications and copying from such pages.",
        "Put a proxy with a certificate before the server (make prod-up does) and set PUBLIC_URL=https://….";
    CertificateUnreachable: Unknown,
        "The certificate could not be looked at: {address} cannot be reached from here ({error}).",
        "Check that the proxy runs and that the name leads to it. When it does so only from outside, set CERTIFICATE_CHECK_ADDRESS to the proxy's address inside, such as nginx:8443.";
    CertificateHandshakeFailed: Problem,
        "{address} does not answer by TLS ({error}).",
        "Look at the proxy's log (make logs S=nginx): its certificate or key may be missing, or the port may be one without TLS.";
    CertificateUnreadable: Problem,
        "What {address} shows as a certificate cannot be read ({error}).",
        "Give the proxy a new certificate (make cert).";
    CertificateExpired: Problem,
        "The certificate of {host} ended on {expires_at}: browsers refuse the page.",
        "Renew it now (make cert), and look why renewal failed (make logs S=acme).";
    CertificateNotYetValid: Problem,
        "The certificate of {host} is valid only from {valid_at}.",
        "Correct the clock of this machine, or get a certificate that is valid now (make cert).";
    CertificateWrongName: Problem,
        "The certificate is for {names}, not for {host}: browsers refuse the page.",
        "Correct DOMAIN and PUBLIC_URL, then get a certificate for that name (make cert).";
    CertificateExpiresVerySoon: Problem,
        "The certificate of {host} ends on {expires_at}, in {days_left} days.",
        "Renew it now (make cert), and look why renewal failed (make logs S=acme).";
    CertificateSelfSigned: Warning,
        "The certificate of {host} is signed by itself: browsers warn of the page.",
        "Once the domain leads to this machine, get one from Let's Encrypt (make cert).";
    CertificateUntrusted: Warning,
        "The certificate of {host} was issued by {issuer}, whom browsers do not know by themselves, or its chain is not complete.",
        "With an authority of your own: install it on every device. Otherwise let the proxy send the whole chain, or get another certificate (make cert).";
    CertificateExpiresSoon: Warning,
        "The certificate of {host} ends on {expires_at}, in {days_left} days. It should have been renewed by now.",
        "Look why renewal failed (make logs S=acme), and renew it by hand (make cert).";
    DatabaseOk: Ok,
        "PostgreSQL {version} answers within {milliseconds} ms, and has every migration.",
        "";
    DatabaseUnreachable: Problem,
        "The database does not answer ({error}).",
        "Check that it runs (make status, make logs S=database), that DATABASE_URL is right, and its password.";
    MigrationsPending: Problem,
        "The database lacks migrations that this version of the server needs.",
        "Run them (make migrate, or todo migrate).";
    DatabaseDiskFull: Problem,
        "PostgreSQL has no room left on its disk ({error}): nothing can be saved.",
        "Make room on the disk of the database, or give it a larger one; then everything goes on by itself. Old dumps and logs beside it are the first to go.";
    DatabaseOutOfMemory: Problem,
        "PostgreSQL has no memory left ({error}): statements fail.",
        "Give the database more memory, or lower work_mem and DATABASE_MAX_CONNECTIONS; see what else runs on its machine.";
    DatabasePoolFull: Warning,
        "All {max} connections to the database are in use, so requests wait for each other.",
        "When this stays so: raise DATABASE_MAX_CONNECTIONS, or add a replica; make explain shows what statements cost.";
    CollationsOk: Ok,
        "Text is stored as UTF-8 and sorted by rules of the app's own, whatever the locale of the database ({locale}).",
        "";
    DatabaseNotUtf8: Problem,
        "The database stores text as {encoding}: what has other characters cannot be saved.",
        "Make a database with the encoding UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0), and bring the data over (pg_dump, pg_restore).";
    CollationsChanged: Warning,
        "The rules for sorting text have changed with the system's libraries ({collations}: {stored} before, {actual} now). Indexes made by the old rules may not find everything.",
        "Make the indexes anew, then say that it is done, as a superuser of the database: REINDEX DATABASE CONCURRENTLY; {statements}";
    CollationsUnknown: Unknown,
        "How the database sorts text could not be found out ({error}).",
        "See the check of the database.";
    RedisOk: Ok,
        "Redis answers.",
        "";
    RedisNotConfigured: Ok,
        "Redis is not configured. One server alone does without it; several need it.",
        "";
    RedisUnreachable: Problem,
        "Redis does not answer. Nothing is lost, but changes reach other people late, and every request asks the database.",
        "Check that it runs (make status, make logs S=redis), that REDIS_URL is right, and its password.";
    MailOk: Ok,
        "The mail server takes mail from {sender}.",
        "";
    MailNotConfigured: Warning,
        "Mail is off: nobody is reminded by mail, and who has forgotten a password needs an administrator.",
        "Set SMTP_URL and MAIL_FROM, put the password into secrets/smtp_password (or SMTP_PASSWORD), and restart the server.";
    MailUnreachable: Problem,
        "The mail server cannot be used ({error}). Mails wait until it can.",
        "Check SMTP_URL, the user name and the password, and whether this machine may reach that port (many hosters block 25).";
    MailSenderLocal: Warning,
        "Mails come from {sender}, an address that exists nowhere: other servers will refuse them, or take them for spam.",
        "Set MAIL_FROM to an address of your own domain, and restart the server.";
    DeliveriesOk: Ok,
        "No mail and no message to a webhook was given up; {pending} wait to be sent.",
        "";
    DeliveriesParked: Warning,
        "{count} mails or messages to webhooks were given up. Of the last one it was said: {error}",
        "Look at them (todo admin deliveries list --state parked, or the page of deliveries), mend what they say, then have them tried again (todo admin deliveries retry --all).";
    NoticesParked: Warning,
        "People, or webhooks, were not told of {count} changes. Of the last one it was said: {error}",
        "Mend what it says, then have them tried again (todo admin deliveries retry --all).";
    DeliveriesUnknown: Unknown,
        "What waits to be sent could not be counted ({error}).",
        "See the check of the database.";
    BackgroundOk: Ok,
        "Every background task runs, and no job keeps failing.",
        "";
    BackgroundInterrupted: Problem,
        "Background work does not run well since {since_at}; it is tried again by itself: {tasks}. Of the first it was said: {error}",
        "Look into the log for the name of the task or job (make logs S=worker, or S=backend for one of the server), and mend what it says, or report it. When it does not come back by itself, restart the process (scripts/compose.sh prod restart worker).";
    BackgroundUnknown: Unknown,
        "Whether the background tasks of other processes run could not be found out ({error}).",
        "See the check of the database.";
    DiskOk: Ok,
        "{path} has {free_bytes} free of {total_bytes}.",
        "";
    DiskLow: Warning,
        "{path} has only {free_bytes} free of {total_bytes}.",
        "Make room before it is full: old backups, logs, unused images (docker image ls). Or enlarge the disk.";
    DiskFull: Problem,
        "{path} has only {free_bytes} free of {total_bytes}. When it is full, the database stops.",
        "Make room now: old backups, logs, unused images (docker image ls). Or enlarge the disk.";
    DiskOutOfFiles: Problem,
        "The file system of {path} can hold hardly any more files, though it has {free_bytes} free.",
        "Remove folders with many small files (df -i shows where), or make the file system anew with more inodes.";
    DiskUnknown: Unknown,
        "The free space could not be read.",
        "Check that the folders DATA_DIR and LOG_DIR exist and that the server may open them.";
    BackupOk: Ok,
        "The last good backup ({last_good}, {size_bytes}) is {age_seconds} old. There are {count}.",
        "";
    BackupNotConfigured: Warning,
        "The server knows of no backups.",
        "In Compose, backups are made by themselves. Otherwise let something make them, and set BACKUP_STATUS_FILE to the file with their state.";
    BackupStatusMissing: Problem,
        "The backup service has not written {file} yet.",
        "Check that it runs (make status, make logs S=backup), then make the first backup (make backup).";
    BackupStatusUnreadable: Problem,
        "{file} cannot be read ({error}).",
        "Check its rights and its content, then let the backup service write it anew (make backup).";
    BackupNever: Problem,
        "There is no backup yet.",
        "Make one now (make backup).";
    BackupNeverSucceeded: Problem,
        "No backup has ever succeeded. The last one failed: {last_error}",
        "Mend what it says, then try again (make backup, make logs S=backup).";
    BackupTooOld: Problem,
        "The last good backup is {age_seconds} old; at most {max_age_seconds} are allowed. The last failure: {last_error}",
        "Look why there is no newer one (make logs S=backup), then make one (make backup).";
    BackupLastFailed: Warning,
        "The last backup failed: {last_error} The one before it, {age_seconds} old, is good.",
        "Mend what it says, then try again (make backup).";
    TookTooLong: Unknown,
        "The check had no answer within {limit_seconds}.",
        "Check again. When it stays so, look at the network and the load of this machine.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_a_way_to_mend_it() {
        for cause in Cause::ALL {
            let Entry { status, what, remedy } = cause.entry();
            assert!(!what.is_empty(), "{cause:?}");
            assert_eq!(remedy.is_empty(), status == Severity::Ok, "{cause:?}");
        }
    }

    #[test]
    fn the_page_says_the_same() {
        let locale = include_str!("../../../../frontend/src/features/admin/locales/en.json");
        let locale: serde_json::Value = serde_json::from_str(locale).expect("JSON");
        for cause in Cause::ALL {
            let Entry { what, remedy, .. } = cause.entry();
            let name = serde_json::to_value(cause).expect("a name");
            let shown = &locale["admin"]["causes"][name.as_str().expect("a text")];
            assert_eq!((&shown["what"], shown["mend"].as_str().unwrap_or_default()), (&what.into(), remedy), "{name}");
        }
    }
}
