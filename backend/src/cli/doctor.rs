use anyhow::bail;

use super::context::Context;
use crate::{
    config::Config,
    ops::doctor::{self, Finding, Severity},
};

pub async fn run(config: Config) -> anyhow::Result<()> {
    let context = Context::open_beside_server(config).await?;
    let findings = doctor::examine(&context.state).await;
    context.close().await?;
    findings.iter().for_each(print);
    let problems = findings.iter().filter(|finding| finding.status == Severity::Problem).count();
    if problems > 0 {
        bail!("{problems} problem(s) found");
    }
    Ok(())
}

/// In the format of `scripts/doctor.sh`, which prints its own findings above.
fn print(finding: &Finding) {
    let mark = match finding.status {
        Severity::Ok => "ok",
        Severity::Unknown => "unknown",
        Severity::Warning => "warning",
        Severity::Problem => "PROBLEM",
    };
    println!("{mark:8} {}", finding.what());
    if finding.status != Severity::Ok {
        println!("         → {}", finding.remedy());
    }
}
