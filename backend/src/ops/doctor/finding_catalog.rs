//! Every cause that a check can report: severity, what is wrong and how to fix it, in English for the command line. The front end has the
//! same texts in its languages, under the cause's name (`frontend/src/features/admin/locales`, `admin.causes`).

use serde::Serialize;
use utoipa::ToSchema;

/// Severity, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Ok,
    /// It could not be determined.
    Unknown,
    /// It works, but should be fixed.
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
        /// The reason for a finding.
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
        "Visitors reach the server without a proxy. Your address is {address}.",
        "";
    ClientAddressOk: Ok,
        "The proxies report visitors' addresses. Yours is {address}; if that is wrong, TRUSTED_PROXIES is wrong.",
        "";
    ProxyNotTrusted: Problem,
        "A proxy at {peer} sends X-Forwarded-For, but TRUSTED_PROXIES ({trusted}) does not list it: all visitors appear as one, and a single one of them can use up everyone's rate limits.",
        "Set TRUSTED_PROXIES to the addresses or networks of your own proxies, such as {peer}, and restart the server.";
    ProxyHidden: Problem,
        "PUBLIC_URL is https, so there must be a proxy in front of the server. But it sends no X-Forwarded-For, and TRUSTED_PROXIES ({trusted}) does not list it: all visitors appear as {peer}.",
        "In Nginx add: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; then set TRUSTED_PROXIES={peer} and restart the server.";
    ForwardedForMissing: Problem,
        "TRUSTED_PROXIES is {trusted}, but this request came from {peer} without X-Forwarded-For.",
        "Configure the proxy to send it (Nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;). If there is no proxy in front of the server, set TRUSTED_PROXIES=0.";
    ForwardedForTooShort: Problem,
        "X-Forwarded-For contains {count} of the {trusted} entries that TRUSTED_PROXIES promises, so no address is trusted.",
        "Set TRUSTED_PROXIES={count}, or configure every proxy to append the address it sees.";
    ForwardedForUnreadable: Problem,
        "X-Forwarded-For contains {entry} where your address should be.",
        "Configure the proxy to send the address it sees (Nginx: $remote_addr).";
    MoreProxiesThanTrusted: Warning,
        "The server sees your address as {address}, which is private, but X-Forwarded-For begins with {first}: there seems to be one more proxy than TRUSTED_PROXIES ({trusted}) lists.",
        "If that is your proxy too, add it to TRUSTED_PROXIES and restart the server. Otherwise nothing is wrong: a visitor sent the header.";
    ClientAddressIsDocker: Warning,
        "The server sees your address as {address}, which looks like one of Docker's. Unless you are using the server itself, all visitors share this address.",
        "Nothing, when you opened the app on the server. Otherwise let Docker keep addresses: run it as root, and for IPv6 with \"ip6tables\": true in /etc/docker/daemon.json.";
    PublicAddressOk: Ok,
        "This request came to {seen}, as PUBLIC_URL says.",
        "";
    PublicUrlNotNeeded: Ok,
        "PUBLIC_URL is not set, and is not needed while the app is used on this machine only.",
        "";
    PublicUrlMissing: Warning,
        "The app is reached as {host}, but PUBLIC_URL is not set: links in mails cannot be right, and cookies are not limited to HTTPS.",
        "Set PUBLIC_URL to the public address, such as https://todo.example.org, and restart the server.";
    ForwardedProtoMissing: Problem,
        "PUBLIC_URL is {expected}, but this request does not say that it came over HTTPS: X-Forwarded-Proto is missing.",
        "In Nginx add: proxy_set_header X-Forwarded-Proto $scheme; and open the app at PUBLIC_URL, not at the server's own port.";
    SchemeDiffers: Problem,
        "This request came to {seen}, but PUBLIC_URL is {expected}.",
        "Configure the proxy to redirect HTTP to HTTPS and send X-Forwarded-Proto $scheme, or correct PUBLIC_URL.";
    HostDiffers: Warning,
        "This request came to {seen}, but PUBLIC_URL is {expected}, which all links use.",
        "Open the app at PUBLIC_URL, or correct PUBLIC_URL. If the address was right, configure the proxy to pass it on (Nginx: proxy_set_header Host $http_host;).";
    CookiesOk: Ok,
        "The session cookie is {flags}, as it should be.",
        "";
    CookieNotSecure: Problem,
        "PUBLIC_URL is https, but the session cookie is not Secure, so a browser may send it unencrypted.",
        "Remove COOKIE_SECURE=false from the configuration and restart the server.";
    CookieSecureWithoutHttps: Problem,
        "The session cookie is Secure, but PUBLIC_URL is not https: browsers do not store it, and people are signed out whenever they reload the page.",
        "Serve the app over HTTPS and set PUBLIC_URL=https://…, or remove COOKIE_SECURE=true.";
    ClockOk: Ok,
        "The clocks of the server and the database agree.",
        "";
    ClockDiffers: Warning,
        "The clocks of the server and the database differ by {difference_seconds}.",
        "Synchronise the clocks of both machines with NTP (timedatectl set-ntp true).";
    ClockFarOff: Problem,
        "The clocks of the server and the database differ by {difference_seconds}: sessions end and tasks become due at the wrong time.",
        "Synchronise the clocks of both machines with NTP (timedatectl set-ntp true), then restart the server.";
    ClockUnknown: Unknown,
        "The database did not report its time.",
        "See the database check.";
    CertificateOk: Ok,
        "The certificate of {host} is valid until {expires_at} ({days_left} days). It was issued by {issuer}.",
        "";
    CertificateNotNeeded: Ok,
        "The app is used without HTTPS on this machine only, and needs no certificate.",
        "";
    CertificateNone: Warning,
        "{url} is not https: passwords are sent unencrypted, and browsers disable notifications and copying on such pages.",
        "Put a proxy with a certificate in front of the server (make prod-up does) and set PUBLIC_URL=https://….";
    CertificateUnreachable: Unknown,
        "The certificate could not be checked: {address} cannot be reached from here ({error}).",
        "Check that the proxy is running and that the name points to it. If it does so only from outside, set CERTIFICATE_CHECK_ADDRESS to the proxy's internal address, such as nginx:8443.";
    CertificateHandshakeFailed: Problem,
        "The TLS handshake with {address} failed ({error}).",
        "Check the proxy's log (make logs S=nginx): its certificate or key may be missing, or the port may not use TLS.";
    CertificateUnreadable: Problem,
        "The certificate presented by {address} cannot be read ({error}).",
        "Give the proxy a new certificate (make cert).";
    CertificateExpired: Problem,
        "The certificate of {host} expired on {expires_at}: browsers refuse the page.",
        "Renew it now (make cert), and find out why the renewal failed (make logs S=acme).";
    CertificateNotYetValid: Problem,
        "The certificate of {host} is valid only from {valid_at}.",
        "Correct the clock of this machine, or get a certificate that is valid now (make cert).";
    CertificateWrongName: Problem,
        "The certificate is for {names}, not for {host}: browsers refuse the page.",
        "Correct DOMAIN and PUBLIC_URL, then get a certificate for that name (make cert).";
    CertificateExpiresVerySoon: Problem,
        "The certificate of {host} expires on {expires_at}, in {days_left} days.",
        "Renew it now (make cert), and find out why the renewal failed (make logs S=acme).";
    CertificateSelfSigned: Warning,
        "The certificate of {host} is self-signed: browsers show a warning.",
        "Once the domain points to this machine, get a certificate from Let's Encrypt (make cert).";
    CertificateUntrusted: Warning,
        "The certificate of {host} was issued by {issuer}, which browsers do not trust by default, or its chain is incomplete.",
        "If it is your own authority, install it on every device. Otherwise configure the proxy to send the whole chain, or get another certificate (make cert).";
    CertificateExpiresSoon: Warning,
        "The certificate of {host} expires on {expires_at}, in {days_left} days. It should have been renewed by now.",
        "Find out why the renewal failed (make logs S=acme), and renew it manually (make cert).";
    DatabaseOk: Ok,
        "PostgreSQL {version} answers within {milliseconds} ms, and all migrations are applied.",
        "";
    DatabaseUnreachable: Problem,
        "The database does not answer ({error}).",
        "Check that it is running (make status, make logs S=database), and that DATABASE_URL and its password are right.";
    MigrationsPending: Problem,
        "The database lacks migrations that this version of the server needs.",
        "Run them (make migrate, or todo migrate).";
    DatabaseDiskFull: Problem,
        "PostgreSQL has no room left on its disk ({error}): nothing can be saved.",
        "Free space on the database's disk, or give it a larger one; then everything continues automatically. Delete old dumps and logs next to it first.";
    DatabaseOutOfMemory: Problem,
        "PostgreSQL has no memory left ({error}): statements fail.",
        "Give the database more memory, or lower work_mem and DATABASE_MAX_CONNECTIONS; check what else is running on its machine.";
    DatabasePoolFull: Warning,
        "All {max} connections to the database are in use, so requests have to wait.",
        "If this persists, raise DATABASE_MAX_CONNECTIONS or add a replica; make explain shows the cost of the statements.";
    CollationsOk: Ok,
        "Text is stored as UTF-8 and sorted by the app's own rules, whatever the database's locale ({locale}).",
        "";
    DatabaseNotUtf8: Problem,
        "The database stores text as {encoding}: text with other characters cannot be saved.",
        "Create a database with the encoding UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0), and move the data (pg_dump, pg_restore).";
    CollationsChanged: Warning,
        "The rules for sorting text have changed with the system's libraries ({collations}: {stored} before, {actual} now). Indexes built with the old rules may not find everything.",
        "Rebuild the indexes, then refresh the recorded versions, as a superuser of the database: REINDEX DATABASE CONCURRENTLY; {statements}";
    CollationsUnknown: Unknown,
        "The database's rules for sorting text could not be read ({error}).",
        "See the database check.";
    RedisOk: Ok,
        "Redis is available.",
        "";
    RedisNotConfigured: Ok,
        "Redis is not configured. A single server does not need it; several servers do.",
        "";
    RedisUnreachable: Problem,
        "Redis does not answer. Nothing is lost, but changes reach other people late, and every request queries the database.",
        "Check that it is running (make status, make logs S=redis), and that REDIS_URL and its password are right.";
    MailOk: Ok,
        "The mail server accepts mail from {sender}.",
        "";
    MailNotConfigured: Warning,
        "Mail is off: nobody gets reminders by mail, and people who have forgotten their password need an administrator.",
        "Set SMTP_URL and MAIL_FROM, put the password into secrets/smtp_password (or SMTP_PASSWORD), and restart the server.";
    MailUnreachable: Problem,
        "The mail server cannot be used ({error}). Mails wait until it is available.",
        "Check SMTP_URL, the user name and the password, and whether this machine can reach that port (many hosting providers block 25).";
    MailSenderLocal: Warning,
        "Mails are sent from {sender}, an address that does not exist: other servers will refuse them or treat them as spam.",
        "Set MAIL_FROM to an address of your own domain, and restart the server.";
    DeliveriesOk: Ok,
        "No mails or webhook messages were given up; {pending} are waiting to be sent.",
        "";
    DeliveriesParked: Warning,
        "{count} mails or webhook messages were given up. Error of the last one: {error}",
        "Check them (todo admin deliveries list --state parked, or the page of deliveries), fix the causes, then retry them (todo admin deliveries retry --all).";
    NoticesParked: Warning,
        "Members or webhooks could not be notified of {count} changes. Error of the last one: {error}",
        "Fix the cause, then retry them (todo admin deliveries retry --all).";
    DeliveriesUnknown: Unknown,
        "The messages waiting to be sent could not be counted ({error}).",
        "See the database check.";
    BackgroundOk: Ok,
        "All background tasks are running, and no job keeps failing.",
        "";
    BackgroundInterrupted: Problem,
        "Background work has been failing since {since_at} and is retried automatically: {tasks}. Error of the first one: {error}",
        "Search the log for the name of the task or job (make logs S=worker, or S=backend for one of the server), and fix the cause, or report it. If it does not recover, restart the process (scripts/compose.sh prod restart worker).";
    BackgroundUnknown: Unknown,
        "The state of other processes' background tasks could not be read ({error}).",
        "See the database check.";
    DiskOk: Ok,
        "{path} has {free_bytes} free of {total_bytes}.",
        "";
    DiskLow: Warning,
        "{path} has only {free_bytes} free of {total_bytes}.",
        "Free space before it is full: delete old backups, logs and unused images (docker image ls), or enlarge the disk.";
    DiskFull: Problem,
        "{path} has only {free_bytes} free of {total_bytes}. When it is full, the database stops.",
        "Free space now: delete old backups, logs and unused images (docker image ls), or enlarge the disk.";
    DiskOutOfFiles: Problem,
        "The file system of {path} can hold hardly any more files, though it has {free_bytes} free.",
        "Remove folders with many small files (df -i shows where), or recreate the file system with more inodes.";
    DiskUnknown: Unknown,
        "The free space could not be read.",
        "Check that the folders DATA_DIR and LOG_DIR exist and that the server can access them.";
    BackupOk: Ok,
        "The last good backup ({last_good}, {size_bytes}) is {age_seconds} old. There are {count} in total.",
        "";
    BackupNotConfigured: Warning,
        "The server does not know of any backups.",
        "With Compose, backups are made automatically. Otherwise set up backups, and set BACKUP_STATUS_FILE to their status file.";
    BackupStatusMissing: Problem,
        "The backup service has not written {file} yet.",
        "Check that it is running (make status, make logs S=backup), then make the first backup (make backup).";
    BackupStatusUnreadable: Problem,
        "{file} cannot be read ({error}).",
        "Check its permissions and content, then let the backup service write it again (make backup).";
    BackupNever: Problem,
        "There is no backup yet.",
        "Make one now (make backup).";
    BackupNeverSucceeded: Problem,
        "No backup has ever succeeded. The last one failed: {last_error}",
        "Fix the cause, then try again (make backup, make logs S=backup).";
    BackupTooOld: Problem,
        "The last good backup is {age_seconds} old; the limit is {max_age_seconds}. Last failure: {last_error}",
        "Find out why there is no newer one (make logs S=backup), then make one (make backup).";
    BackupLastFailed: Warning,
        "The last backup failed: {last_error} The previous one, {age_seconds} old, is good.",
        "Fix the cause, then try again (make backup).";
    TookTooLong: Unknown,
        "The check did not finish within {limit_seconds}.",
        "Check again. If this persists, check the network and the load of this machine.";
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
