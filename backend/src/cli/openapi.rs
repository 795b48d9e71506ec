use crate::router;

pub fn run() -> anyhow::Result<()> {
    println!("{}", router::document().to_pretty_json()?);
    Ok(())
}
