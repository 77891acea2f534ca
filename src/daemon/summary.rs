//! The daily sum of the mailboxes on servers: what was received, what became of it, and what nobody could take in.

use crate::cli::print;
use crate::daemon::app::App;
use crate::daemon::head;
use crate::daemon::remote::{account_state, folder_state};
use crate::daemon::round::RoundError;
use crate::domain::time::Instant;

/// Queues the summary of what came in since `since`.
///
/// # Errors
/// [`RoundError`].
pub async fn send(app: &App, since: Instant) -> Result<(), RoundError> {
    let balance = app.engine.store.balance(Some(since)).await?;
    let mut look_at = Vec::new();
    for server in &app.servers {
        let account = account_state(app, &server.name).await?;
        if let Some(since) = account.failing_since {
            look_at.push(format!("the mailbox {} could not be read since {since:.0}", server.name));
        }
        if let Some(junk) = account.junk {
            look_at.push(format!("the junk folder of {} holds {}", server.name, mails(junk.count)));
        }
        for folder in &server.folders().watched {
            let state = folder_state(app, &server.name, folder).await?;
            let gone = state.missed.iter().filter(|missed| missed.noticed_at >= since).count();
            if gone > 0 {
                look_at.push(format!("in {folder}, {} left before the program had read it", mails(gone as u64)));
            }
            if !state.unreadable.is_empty() {
                look_at.push(format!("in {folder}, {} cannot be read", mails(state.unreadable.len() as u64)));
            }
        }
    }
    look_at.extend(head::differs(app).await?);
    let advice = (!look_at.is_empty()).then(|| format!("{}.", look_at.join("; ")));
    // In a mailbox a copy of it is out of reach of whoever changes the database.
    let chain = head::says(app).await?;
    app.engine.send_summary(format!("Since {since:.0}: {balance}. The chain of events has {chain}."), advice).await?;
    Ok(())
}

fn mails(count: u64) -> String {
    print::count(usize::try_from(count).unwrap_or(usize::MAX), "email")
}
