//! What became of the mails that were received: the sum that must come out.

use super::error::StoreError;
use super::statement::Statement;
use super::{Store, count};
use crate::domain::time::Instant;

/// How many mails ended as what. `received` is always the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Balance {
    /// All that were taken in.
    pub received: u64,
    /// Opened a case.
    pub cases: u64,
    /// Joined a case.
    pub attached: u64,
    /// Requests with a clock of their own.
    pub requests: u64,
    /// Answers of machines, lists and bounces, filed.
    pub automatic: u64,
    /// Wait for a person.
    pub waiting: u64,
    /// Are being worked on.
    pub unended: u64,
}

impl std::fmt::Display for Balance {
    /// `received 7 = cases 3 + attached 1 + requests 1 + automatic 1 + waiting 1`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { received, cases, attached, requests, automatic, waiting, unended } = self;
        write!(f, "received {received} = cases {cases} + attached {attached} + requests {requests} + automatic {automatic}")?;
        write!(f, " + waiting {waiting}")?;
        if *unended > 0 { write!(f, " + being read {unended}") } else { Ok(()) }
    }
}

impl Store {
    /// What became of the mails taken in since `since`; of all when none is given. Test mails to ourselves are not counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn balance(&self, since: Option<Instant>) -> Result<Balance, StoreError> {
        let from = since.map_or(i64::MIN, Instant::as_microsecond);
        let statement = Statement::new(
            "SELECT end_state, COUNT(*) AS mails FROM mails WHERE taken_in_at_us >= $1 \
             AND (kind IS NULL OR kind <> 'canary') GROUP BY end_state",
        )
        .with(from);
        let mut balance = Balance::default();
        for row in self.inner.database.read("count what became of mails", statement).await? {
            let mails = count(row.get("mails")?);
            balance.received += mails;
            let place = match row.get::<Option<String>>("end_state")?.as_deref() {
                Some("case_opened") => &mut balance.cases,
                Some("attached") => &mut balance.attached,
                Some("request") => &mut balance.requests,
                Some("automatic") => &mut balance.automatic,
                Some("waiting") => &mut balance.waiting,
                // The schema knows no other word.
                Some(_) | None => &mut balance.unended,
            };
            *place += mails;
        }
        Ok(balance)
    }
}
