//! A31–A45: who says they wrote, and who did.

use super::{OPENED, OPENED_SILENTLY, OURS, Rows, letter, not_believed, under, waits, with};
use crate::support::daemon::{nomination, referrer};

const RECEIPT: &str = "receipt>sender triage_summary>area_officer";
const SILENT: &str = "triage_summary>area_officer";
const UNTOLD: &str = "the program could not tell what it is for";
const OWN_ADDRESS: &str = "says that it is from our own address: somebody uses our name, it was put into the mailbox by hand, or it \
                           came back in a loop. Nothing was opened and nobody answered";

pub fn add(rows: &mut Rows) {
    checked(rows);
    several(rows);
    lookalikes(rows);
    paths(rows);
    threads(rows);
}

fn checked(rows: &mut Rows) {
    let says = |says: &str| {
        format!("Authentication-Results: mx.council.example.org; {says} header.from=lakefoot-families.example.org\r\n")
    };
    let failed = "its sender is not proven: DMARC did not pass at our border server";
    let fail = says("spf=fail; dkim=fail; dmarc=fail");
    rows.add(
        "A31",
        "a head teacher whom the border did not believe",
        |n| under(&fail, &nomination(n)),
        not_believed(RECEIPT, failed),
    );
    let below = fail.clone() + &says("dmarc=pass");
    rows.add("A32", "a forged pass below a fail", |n| under(&below, &nomination(n)), not_believed(RECEIPT, failed));
    rows.add("A32", "a pass", |n| under(&says("dmarc=pass"), &nomination(n)), OPENED);
    rows.add(
        "A32",
        "nonsense in place of a result",
        |n| under("Authentication-Results: (((dmarc=pass\r\n", &nomination(n)),
        format!("case_opened, nomination; triage meets copeland; {RECEIPT}"),
    );
}

fn several(rows: &mut Rows) {
    let two = "the mail names more than one sender";
    rows.add(
        "A33",
        "two From headers",
        |n| under("From: else@agency.example.org\r\n", &nomination(n)),
        not_believed(SILENT, two),
    );
    let named = |n| format!("<{}>\r\nTo:", referrer(n));
    let list = |n| with(&nomination(n), &named(n), &format!("<{}>, else@agency.example.org\r\nTo:", referrer(n)));
    rows.add("A33", "two addresses in one From", list, not_believed(SILENT, two));
    let group = |n| {
        let from = format!("From: Frances Tolson <{}>\r\n", referrer(n));
        with(&nomination(n), &from, &format!("From: Staff: {};\r\n", referrer(n)))
    };
    rows.add("A33", "a group as sender", group, not_believed(RECEIPT, "the mail names a group as its sender"));
    rows.add(
        "A33",
        "sent by another domain",
        |n| under("Sender: bulk@elsewhere.example.org\r\n", &nomination(n)),
        not_believed(RECEIPT, "the mail was sent by another domain than it says it is from"),
    );
    rows.add(
        "A33",
        "answers wanted elsewhere",
        |n| under("Reply-To: bulk@elsewhere.example.org\r\n", &nomination(n)),
        not_believed(RECEIPT, "the mail asks for answers to another domain than it is from; none went there"),
    );
}

fn lookalikes(rows: &mut Rows) {
    for (what, domain, how) in [
        ("a domain with a digit for a letter", "1akefoot-families.example.org", "with letters that look alike"),
        ("a domain with a Cyrillic letter", "xn--lkefoot-families-tdn.example.org", "with letters that look alike"),
        (
            "a domain that begins as a known one",
            "lakefoot-families.example.org.evil.example",
            "as the beginning of another domain",
        ),
        ("a known domain with another ending", "lakefoot-families.example.net", "with something added or another ending"),
    ] {
        let doubt = format!(
            "its sender is not proven: its domain resembles `lakefoot-families.example.org`, {how}; ring somebody you know there"
        );
        let sent =
            |n| with(&nomination(n), &format!("{n}@lakefoot-families.example.org>\r\nTo"), &format!("{n}@{domain}>\r\nTo"));
        rows.add("A34", what, sent, not_believed(RECEIPT, &doubt));
    }
    let shown = "the sender's name shows another address than the mail is from";
    let named = |name: &'static str| move |n| with(&nomination(n), "From: Frances Tolson <", &format!("From: {name} <"));
    rows.add(
        "A35",
        "the duty desk's address as a name",
        named("\"CSC Duty <duty@council.example.org>\""),
        not_believed(RECEIPT, shown),
    );
    // "Frances\r\nBcc: all@example.org"
    let broken = "=?utf-8?B?RnJhbmNlcw0KQmNjOiBhbGxAZXhhbXBsZS5vcmc=?=";
    rows.add("A36", "a line break in the sender's name", named(broken), not_believed(RECEIPT, shown));
    rows.add(
        "A36",
        "a line break and no address in the sender's name",
        named("=?utf-8?B?RnJhbmNlcw0KWC1FdmlsOiB5ZXM=?="),
        OPENED,
    );
}

fn paths(rows: &mut Rows) {
    rows.add("A37", "a null return path", |n| under("Return-Path: <>\r\n", &nomination(n)), OPENED_SILENTLY);
    rows.add(
        "A37",
        "a return path of the sender's mail service",
        |n| under("Return-Path: <bounce-1@mail.lakefoot-families.example.org>\r\n", &nomination(n)),
        OPENED,
    );
    let own = |n| with(&nomination(n), &format!("<{}>\r\nTo:", referrer(n)), &format!("<{OURS}>\r\nReply-To: {OURS}\r\nTo:"));
    rows.add("A38", "a nomination with our own address as its sender", own, waits("nomination", OWN_ADDRESS, ""));
    let chat = |n| letter(n, &format!("From: Focus Family <{OURS}>\r\nReply-To: {OURS}\r\n"), "Hello", "Hello to ourselves.\r\n");
    rows.add("A38", "a word to ourselves", chat, waits("other", OWN_ADDRESS, ""));
    let loops = |n| {
        letter(
            n,
            &format!("From: Focus Family <{OURS}>\r\nAuto-Submitted: auto-generated\r\n"),
            "Review due",
            "A review is due.\r\n",
        )
    };
    rows.add("A38", "a letter of ours that came back to us", loops, "automatic, other; no letter");
}

fn threads(rows: &mut Rows) {
    let news = "seems to be news on a case, but it answers no letter of ours from somebody of that case";
    let guessed = |n| letter(n, "", "Re: FF-2026-1234", "Thank you, here is the news.\r\n");
    rows.add("A43", "a guessed reference in the subject", guessed, waits("update", news, " receipt>sender"));
    let short = |n| letter(n, "", "[FF-1234] the family", "Thank you, here is the word.\r\n");
    rows.add("A43", "something like a reference in the subject", short, waits("other", UNTOLD, " receipt>sender"));
    let copied = |n| under("Cc: The Parent <parent@home.example.org>, other@agency.example.org\r\n", &nomination(n));
    rows.add("A44", "a nomination that the parent got a copy of", copied, OPENED);
}
