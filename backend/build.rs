//! What the macros of utoipa are told. They know a type by its name alone.

/// The ids of `src/id.rs` that the API shows.
const IDS: [&str; 12] = [
    "AnnouncementId",
    "DeliveryId",
    "ExportId",
    "InvitationId",
    "NotificationId",
    "ProjectId",
    "ReminderId",
    "SessionId",
    "TagId",
    "TaskId",
    "UserId",
    "WebhookId",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let config = IDS.into_iter().fold(utoipa_config::Config::new(), |config, id| config.alias_for(id, "Uuid"));
    config.write_to_file();
}
