//! What the program has to say about itself, to the administrator of the settings, or else to whoever looks at mails.

use crate::domain::ids::{LetterName, RoleName};
use crate::domain::letter::Context;
use crate::domain::personal::Personal;
use crate::engine::roster::Relation;
use crate::engine::{Engine, EngineError};
use crate::store::{Commit, NewLetter};

impl Engine {
    /// Queues `letter` about the program itself, once for each `key`: a second call with it queues nothing.
    ///
    /// # Errors
    /// The store's, or the template's.
    pub async fn send_alarm(&self, letter: &str, key: &str, notice: String, advice: Option<String>) -> Result<(), EngineError> {
        self.tell_each(self.administrators(), letter, key, notice, advice).await
    }

    /// The same to the administrator and to whoever looks at mails: what concerns the work and the machine.
    ///
    /// # Errors
    /// The store's, or the template's.
    pub async fn send_alarm_to_all(
        &self,
        letter: &str,
        key: &str,
        notice: String,
        advice: Option<String>,
    ) -> Result<(), EngineError> {
        let mut all = self.administrators();
        for one in self.who_looks_at_mails() {
            if all.iter().all(|have| have.1 != one.1) {
                all.push(one);
            }
        }
        self.tell_each(all, letter, key, notice, advice).await
    }

    /// The same to whoever answers for mails that wait: what came in, once a day.
    ///
    /// # Errors
    /// The store's, or the template's.
    pub async fn send_summary(&self, notice: String, advice: Option<String>) -> Result<(), EngineError> {
        let key = format!("mail_summary:{}", self.ambient.today());
        self.tell_each(self.who_looks_at_mails(), "mail_summary", &key, notice, advice).await
    }

    async fn tell_each(
        &self,
        recipients: Vec<(Option<RoleName>, Personal<String>)>,
        letter: &str,
        key: &str,
        notice: String,
        advice: Option<String>,
    ) -> Result<(), EngineError> {
        let letter = LetterName::new(letter).expect("a fixed name is a name");
        let look = "focus-family mail list".to_owned();
        let context =
            Context { reference: self.ambient.today().to_string(), notice: Some(notice), advice, look, ..self.base_context() };
        let mut commit = Commit::at(self.ambient.now());
        for (role, address) in recipients {
            let key = format!("{key}:{}", self.address_mark(&address));
            let content = self.templates.compose(&letter, &context)?;
            commit.letters.push(NewLetter { key, ..self.letter_to(&letter, (role, address), Self::new_message_id, content) });
        }
        self.store.commit(commit).await?;
        Ok(())
    }

    /// The administrator of the settings holds no role of the programme.
    fn administrators(&self) -> Vec<(Option<RoleName>, Personal<String>)> {
        match &self.settings.contact.administrator {
            Some(address) => vec![(None, address.clone())],
            None => self.who_looks_at_mails(),
        }
    }

    fn who_looks_at_mails(&self) -> Vec<(Option<RoleName>, Personal<String>)> {
        let role = &self.programme.desk.waiting.role;
        let team = self.roster.answer_for(&self.programme.lifecycle, role, Relation::default());
        team.into_iter().map(|one| (Some(one.role), one.address)).collect()
    }
}
