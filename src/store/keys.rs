//! Data keys at hand: looked up once, kept for a while, because unwrapping needs a row.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use super::database::Row;
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, unreadable};
use crate::domain::ids::{CaseId, LetterId, MailId};
use crate::vault::{Context, Key};

/// Keys kept at most, of each kind; then all are forgotten and looked up again. More than a large county has open cases: with fewer each
/// transition would look its key up. They take a quarter of a megabyte.
const KEPT: usize = 4096;

/// The keys of cases and mails used lately.
#[derive(Default)]
pub(super) struct Keys {
    cases: Mutex<HashMap<CaseId, Key>>,
    mails: Mutex<HashMap<MailId, Key>>,
}

fn kept<I: Eq + Hash>(map: &Mutex<HashMap<I, Key>>, id: &I) -> Option<Key> {
    map.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
}

fn keep<I: Eq + Hash>(map: &Mutex<HashMap<I, Key>>, id: I, key: &Key) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    if map.len() >= KEPT {
        map.clear();
    }
    map.insert(id, key.clone());
}

pub(super) fn case_key_place(row: &str) -> Context<'_> {
    Context { table: "cases", row, column: "wrapped_key" }
}
pub(super) fn mail_key_place(row: &str) -> Context<'_> {
    Context { table: "mails", row, column: "wrapped_key" }
}
pub(super) fn letter_key_place(row: &str) -> Context<'_> {
    Context { table: "letters", row, column: "wrapped_key" }
}

impl Store {
    pub(super) fn keep_case_key(&self, case: CaseId, key: &Key) {
        keep(&self.inner.keys.cases, case, key);
    }
    pub(super) fn keep_mail_key(&self, mail: MailId, key: &Key) {
        keep(&self.inner.keys.mails, mail, key);
    }
    /// The key of a case, from what is kept or from its row.
    pub(super) async fn case_key(&self, case: CaseId) -> Result<Key, StoreError> {
        if let Some(key) = kept(&self.inner.keys.cases, &case) {
            return Ok(key);
        }
        let statement = Statement::new("SELECT wrapped_key FROM cases WHERE id = $1").with(case.to_text());
        let rows = self.inner.database.read("read the key of a case", statement).await?;
        let row = rows.first().ok_or_else(|| unreadable("cases", "wrapped_key", &case.to_text(), "there is no such case"))?;
        self.case_key_in(case, &row.get::<Vec<u8>>("wrapped_key")?)
    }
    /// The key of a case, from its row's `wrapped`.
    pub(super) fn case_key_in(&self, case: CaseId, wrapped: &[u8]) -> Result<Key, StoreError> {
        if let Some(key) = kept(&self.inner.keys.cases, &case) {
            return Ok(key);
        }
        let key = self.inner.vault.unwrap(&case_key_place(&case.to_text()), wrapped)?;
        self.keep_case_key(case, &key);
        Ok(key)
    }
    /// The key of a mail, from what is kept or from its row.
    pub(super) async fn mail_key(&self, mail: MailId) -> Result<Key, StoreError> {
        if let Some(key) = kept(&self.inner.keys.mails, &mail) {
            return Ok(key);
        }
        let statement = Statement::new("SELECT wrapped_key, case_id FROM mails WHERE id = $1").with(mail.to_text());
        let rows = self.inner.database.read("read the key of a mail", statement).await?;
        let row = rows.first().ok_or(StoreError::NoSuchMail { mail })?;
        self.mail_key_in(mail, row).await
    }
    /// The key of a mail, from a row with `wrapped_key` and `case_id`.
    pub(super) async fn mail_key_in(&self, mail: MailId, row: &Row) -> Result<Key, StoreError> {
        if let Some(key) = kept(&self.inner.keys.mails, &mail) {
            return Ok(key);
        }
        let (id, wrapped) = (mail.to_text(), row.get::<Vec<u8>>("wrapped_key")?);
        let case: Option<CaseId> = super::optional_id(row, "mails", "case_id", &id)?;
        let key = match case {
            Some(case) => self.inner.vault.unwrap_under(&self.case_key(case).await?, &mail_key_place(&id), &wrapped)?,
            None => self.inner.vault.unwrap(&mail_key_place(&id), &wrapped)?,
        };
        self.keep_mail_key(mail, &key);
        Ok(key)
    }
    /// The key a letter is sealed under, from a row with `case_id`, `mail_id` and `wrapped_key`.
    pub(super) async fn letter_key_in(&self, letter: LetterId, row: &Row) -> Result<Key, StoreError> {
        let id = letter.to_text();
        if let Some(case) = super::optional_id::<CaseId>(row, "letters", "case_id", &id)? {
            return self.case_key(case).await;
        }
        if let Some(mail) = super::optional_id::<MailId>(row, "letters", "mail_id", &id)? {
            return self.mail_key(mail).await;
        }
        let wrapped: Option<Vec<u8>> = row.get("wrapped_key")?;
        Ok(self.inner.vault.unwrap(&letter_key_place(&id), &wrapped.unwrap_or_default())?)
    }
}
