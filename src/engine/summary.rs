//! What came in by mail, once a day, to whoever answers for mails that wait.

use crate::domain::ids::{LetterId, LetterName};
use crate::domain::letter::Context;
use crate::engine::roster::Relation;
use crate::engine::{Engine, EngineError};
use crate::store::{Commit, NewLetter};

impl Engine {
    /// Queues the summary of a day: `notice` is the sum, `advice` what a person should look at. May run again on the same day.
    ///
    /// # Errors
    /// The store's, or the template's.
    pub async fn send_summary(&self, notice: String, advice: Option<String>) -> Result<(), EngineError> {
        let today = self.ambient.today();
        let letter = LetterName::new("mail_summary").expect("a fixed name is a name");
        let context = Context { reference: today.to_string(), notice: Some(notice), advice, ..self.base_context() };
        let role = &self.programme.desk.waiting.role;
        let mut commit = Commit::at(self.ambient.now());
        for recipient in self.roster.answer_for(&self.programme.lifecycle, role, Relation::default()) {
            commit.letters.push(NewLetter {
                id: LetterId::from_random(self.ambient.bits()),
                key: format!("mail_summary:{today}:{}", self.address_mark(&recipient.address)),
                case: None,
                mail: None,
                letter: letter.clone(),
                role: Some(recipient.role),
                recipient: recipient.address,
                message_id: self.new_message_id(),
                in_reply_to: None,
                content: self.templates.compose(&letter, &context)?,
                gathered: false,
                not_before: None,
                automatic_answer: false,
            });
        }
        self.store.commit(commit).await?;
        Ok(())
    }
}
