//! What an administrator of Microsoft 365 runs, so that the program may use one mailbox and no other.

use crate::cli::print::line as say;
use crate::cli::{MailProtocol, Microsoft365};
use crate::delivery::AddressChecked;

const GRAPH: &str = include_str!("../../assets/microsoft365/graph.ps1");
const IMAP: &str = include_str!("../../assets/microsoft365/imap.ps1");

/// Prints the script for the mailbox asked for.
///
/// # Errors
/// An address that is none, or that PowerShell could take for something else; the terminal's.
pub fn run(asked: &Microsoft365) -> anyhow::Result<()> {
    let Microsoft365::Script { mailbox, protocol } = asked;
    let text = match protocol {
        MailProtocol::Graph => GRAPH,
        MailProtocol::Imap => IMAP,
    };
    say(with_mailbox(text, mailbox)?.trim_end())?;
    Ok(())
}

fn with_mailbox(text: &str, mailbox: &str) -> anyhow::Result<String> {
    let plain = mailbox.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@.-_+".contains(&byte));
    if !plain || AddressChecked::parse(mailbox).is_err() {
        anyhow::bail!("`--mailbox` is no mail address; write it as focusfamily@council.example.org");
    }
    Ok(text.replace("@MAILBOX@", mailbox))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_its_mailbox_everywhere_and_nothing_else_gets_into_it() {
        for text in [GRAPH, IMAP] {
            let script = with_mailbox(text, "focusfamily@council.example.org").unwrap();
            assert!(script.contains("$mailbox = 'focusfamily@council.example.org'") && !script.contains("@MAILBOX@"));
            for bad in ["", "x", "a@b.example'; Remove-Mailbox", "a@b.example\n", "\"a b\"@c.example", "$x@c.example"] {
                assert!(with_mailbox(text, bad).is_err(), "{bad}");
            }
        }
    }
}
