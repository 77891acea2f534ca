//! `init`: what a first start needs, in one folder. Overwrites nothing, and makes no new key for a database that is there.

use std::path::Path;

use crate::ambient::Ambient;
use crate::cli::Init;
use crate::cli::print::{Paint, line as say};
use crate::cli::report::defects_text;
use crate::config::{MailboxKind, Settings, StoreSettings, own};
use crate::daemon::app::{Schema, store_settings};
use crate::mailbox::maildir::Maildir;
use crate::store::Store;
use crate::vault::{MasterKey, Vault};

/// Writes what is not there yet: the settings, the key, the Maildirs of the settings. Says what it made and what comes next.
///
/// # Errors
/// A folder or file cannot be written; settings that were there have mistakes; the key of a database is gone.
pub async fn run(asked: &Init) -> anyhow::Result<()> {
    let dir = &asked.dir;
    own::folder(dir).map_err(|error| anyhow::anyhow!("cannot make `{}`: {error}", dir.display()))?;
    let dir = std::fs::canonicalize(dir).map_err(|error| anyhow::anyhow!("cannot open `{}`: {error}", dir.display()))?;
    let file = dir.join(crate::config::FILE_NAME);
    let new = !file.exists();
    if new {
        own::write(&file, Settings::example()).map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", file.display()))?;
    }
    told(new, "settings", &file)?;
    let settings = Settings::load(Some(&file), std::iter::empty())
        .map_err(|defects| anyhow::anyhow!("cannot use the settings\n{}", defects_text(&defects, Paint::NONE).trim_end()))?;
    let key = &settings.master_key_file;
    let new = !key.exists();
    if new {
        if let StoreSettings::Sqlite { path } = &settings.store
            && path.exists()
        {
            anyhow::bail!(
                "cannot make a new key: the database `{}` was sealed with another; bring `{}` back from its safe place",
                path.display(),
                key.display()
            );
        }
        MasterKey::create(key, &Ambient::Real)?;
    }
    told(new, "key", key)?;
    let new = !matches!(&settings.store, StoreSettings::Sqlite { path } if path.exists());
    let opened = Store::open(&store_settings(&settings.store, Schema::Migrate)?, Vault::new(MasterKey::load(key)?)).await;
    match (opened, &settings.store) {
        (Ok(store), StoreSettings::Sqlite { path }) => {
            store.close().await;
            told(new, "database", path)?;
        }
        (Ok(store), StoreSettings::Postgres { .. }) => {
            store.close().await;
            say("database  is ready")?;
        }
        (Err(error), _) => return Err(anyhow::Error::new(error).context("cannot make the database ready")),
    }
    for mailbox in &settings.mailboxes {
        if let MailboxKind::Maildir { path } = &mailbox.kind {
            let new = !path.exists();
            Maildir::open(path, &Ambient::Real)?;
            told(new, "mailbox", path)?;
        }
    }
    say("\nKeep the key apart from the database and its backups: without it nothing can be read again.")?;
    say("Next: put your people and addresses into the settings, then")?;
    say(&format!("  cd {}\n  focus-family check\n  focus-family serve", dir.display()))?;
    Ok(())
}

fn told(new: bool, what: &str, path: &Path) -> std::io::Result<()> {
    let done = if new { "written" } else { "there already" };
    say(&format!("{what:<10}{} ({done})", path.display()))
}
