//! A client names the revisions from which it wants to go on.

use super::{
    Connection,
    handshake::read_own,
    message::{Flow, Named, ServerMessage},
};
use crate::{
    events::Topic,
    live::subscription::{Begun, Follow},
};

impl Connection {
    pub(super) async fn subscribe(&mut self, named: Named) -> Flow {
        self.hold_until = None;
        // Ahead of what is known here, or of a topic that is not followed: the database knows.
        let mut unsure = Vec::new();
        for (text, revision) in named {
            let Ok(topic) = text.parse::<Topic>() else {
                self.refuse(&text).await?;
                continue;
            };
            match self.follows.get_mut(&topic) {
                None => unsure.push((topic, revision)),
                Some(follow) => {
                    let head = follow.watched().progress().head;
                    match follow.cursor.begin_after(revision, head) {
                        Begun::Yes => self.mailbox.mark(topic),
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
                if self.follows.contains_key(&topic) {
                    // Ours a moment ago: the event that says otherwise is on its way.
                    continue;
                }
                self.refuse(&topic.to_string()).await?;
                continue;
            };
            let follow = self.follows.entry(topic).or_insert_with(|| {
                // Joined a moment ago, and the client knows it before we do.
                Follow::own(opening.follow(topic, known.revision, &self.mailbox), known, user_revision)
            });
            if follow.watched().hear(known.revision) {
                hub.lag_behind(topic);
            }
            match follow.cursor.begin_after(revision, known.revision) {
                Begun::Yes => self.mailbox.mark(topic),
                Begun::TooLate => self.resync(topic).await?,
                Begun::Ahead => {
                    // A revision that never was: the client has it from a database that was since restored.
                    follow.jump(known.revision);
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
        self.link.say(&message).await
    }
}
