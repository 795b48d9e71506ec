//! Handles a client's subscribe message with revisions.

use super::{
    Connection,
    handshake::read_own,
    message::{Flow, Named, ServerMessage},
};
use crate::{
    events::Topic,
    live::subscription::{Begun, Subscription},
};

impl Connection {
    pub(super) async fn subscribe(&mut self, named: Named) -> Flow {
        self.hold_until = None;
        // Ahead of our knowledge, or a topic without a subscription: ask the database.
        let mut unsure = Vec::new();
        for (text, revision) in named {
            let Ok(topic) = text.parse::<Topic>() else {
                self.refuse(&text).await?;
                continue;
            };
            match self.subscriptions.get_mut(&topic) {
                None => unsure.push((topic, revision)),
                Some(subscription) => {
                    let head = subscription.log().progress().head;
                    match subscription.cursor.begin_after(revision, head) {
                        Begun::Yes => self.dirty.mark(topic),
                        Begun::TooLate => self.resync(topic).await?,
                        Begun::Ahead => unsure.push((topic, revision)),
                    }
                }
            }
        }
        if unsure.is_empty() { Ok(()) } else { self.subscribe_unsure(unsure).await }
    }

    async fn subscribe_unsure(&mut self, unsure: Vec<(Topic, i64)>) -> Flow {
        let hub = self.state.hub.clone();
        let opening = hub.open();
        let own = read_own(&self.state, self.user, self.session).await?;
        let user_revision = own.iter().find(|own| own.topic == Topic::User(self.user)).map_or(0, |own| own.revision);
        for (topic, revision) in unsure {
            let Some(known) = own.iter().find(|own| own.topic == topic) else {
                if self.subscriptions.contains_key(&topic) {
                    // Access ended just now: the corresponding event is on its way.
                    continue;
                }
                self.refuse(&topic.to_string()).await?;
                continue;
            };
            let subscription = self.subscriptions.entry(topic).or_insert_with(|| {
                // Joined just now, and the client knows it before we do.
                Subscription::own(opening.subscribe(topic, known.revision, &self.dirty), known, user_revision)
            });
            if subscription.log().note_head(known.revision) {
                hub.lag_behind(topic);
            }
            match subscription.cursor.begin_after(revision, known.revision) {
                Begun::Yes => self.dirty.mark(topic),
                Begun::TooLate => self.resync(topic).await?,
                Begun::Ahead => {
                    // An unknown revision: from a database that has since been restored.
                    subscription.jump(known.revision);
                    self.tell_resync(topic, known.revision).await?;
                }
            }
        }
        Ok(())
    }

    async fn refuse(&mut self, topic: &str) -> Flow {
        let message = ServerMessage::Error {
            code: "unknown-topic",
            topic,
            detail: "There is no such topic, or it is not yours.",
        };
        self.socket.send(&message).await
    }
}
