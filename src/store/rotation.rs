//! After the master key was rotated: every data key that an older one wrapped is wrapped again under the newest.

use super::Store;
use super::error::StoreError;
use super::keys::{case_key_place, letter_key_place, mail_key_place};
use super::statement::Statement;
use crate::vault::Context;

/// Rows wrapped again in one go, so that nobody waits long.
const PAGE: u32 = 200;

type Place = for<'a> fn(&'a str) -> Context<'a>;

/// Where keys lie that are wrapped under the master key: what to read after `$1`, what to write, and the place.
const PLACES: [(&str, &str, Place); 4] = [
    (
        "SELECT 'house' AS id, wrapped_key FROM house WHERE 'house' > $1 LIMIT $2",
        "UPDATE house SET wrapped_key = $1 WHERE 'house' = $2 AND wrapped_key = $3",
        house_place,
    ),
    (
        "SELECT id, wrapped_key FROM cases WHERE id > $1 ORDER BY id LIMIT $2",
        "UPDATE cases SET wrapped_key = $1 WHERE id = $2 AND wrapped_key = $3",
        case_key_place,
    ),
    (
        "SELECT id, wrapped_key FROM mails WHERE case_id IS NULL AND id > $1 ORDER BY id LIMIT $2",
        "UPDATE mails SET wrapped_key = $1 WHERE id = $2 AND wrapped_key = $3",
        mail_key_place,
    ),
    (
        "SELECT id, wrapped_key FROM letters WHERE wrapped_key IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
        "UPDATE letters SET wrapped_key = $1 WHERE id = $2 AND wrapped_key = $3",
        letter_key_place,
    ),
];

fn house_place(_: &str) -> Context<'_> {
    super::opening::HOUSE
}

impl Store {
    /// Wraps every data key under the newest master key; how many needed it. May run again, and beside daemons at work.
    ///
    /// # Errors
    /// [`StoreError`]; what was done until then stays done.
    pub async fn rewrap_keys(&self) -> Result<u64, StoreError> {
        let attempted = "wrap keys again";
        let mut rewrapped = 0;
        for (select, update, place) in PLACES {
            let mut after = String::new();
            loop {
                let rows = self.inner.database.read(attempted, Statement::new(select).with(after.as_str()).with(PAGE)).await?;
                let mut updates = Vec::new();
                for row in &rows {
                    after = row.get("id")?;
                    let wrapped: Vec<u8> = row.get("wrapped_key")?;
                    if !self.inner.vault.is_under_newest(&wrapped) {
                        let key = self.inner.vault.unwrap(&place(&after), &wrapped)?;
                        let again = self.inner.vault.wrap(&key, &place(&after));
                        // A mail that joined a case meanwhile has another wrapping by now and is left alone.
                        updates.push(Statement::new(update).with(again).with(after.as_str()).with(wrapped));
                    }
                }
                if !updates.is_empty() {
                    let answers = self.inner.database.begin(attempted).await?.commit(attempted, updates).await?;
                    rewrapped += answers.iter().map(|answer| answer.changed).sum::<u64>();
                }
                if rows.is_empty() {
                    break;
                }
            }
        }
        Ok(rewrapped)
    }
}
