//! A1–A8: mails built to hurt whoever takes them apart, and mails that look like one another.

use std::fmt::Write as _;

use super::{OPENED, Rows, letter, looked_at, refused, stranger, under, waits, with};
use crate::support::daemon::{nomination, referrer};

const TOO_DEEP: &str =
    "the mail holds mails or parts inside each other too deeply to be read safely; ask the sender to send the form alone";
const TOO_MANY: &str = "the mail has more parts than this programme reads; ask the sender to send the form alone";
const HEADERS: &str = "the headers of the mail are longer than any honest mail needs; look at the original";
/// How a mail that came twice ends.
const SAME: &str = "attached, nomination (the same mail as FF-E-#####); no letter";

pub fn add(rows: &mut Rows) {
    depth(rows);
    headers(rows);
    likeness(rows);
}

fn open(number: u32, more: &str) -> Vec<u8> {
    format!("From: {}\r\nSubject: Quillfeather\r\n{more}", stranger(number)).into_bytes()
}

fn depth(rows: &mut Rows) {
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(30_000);
    rows.add("A1", "30,000 mails in each other", |n| open(n, &mails), refused(TOO_DEEP));
    let parts = |n| {
        let mut parts = String::new();
        for index in 0..100_000 {
            write!(parts, "Content-Type: multipart/mixed; boundary=b{index}\r\n\r\n--b{index}\r\n").unwrap();
        }
        open(n, &parts)
    };
    rows.add("A2", "100,000 parts in each other", parts, refused(TOO_DEEP));
    let flat = format!("Content-Type: multipart/mixed; boundary=e\r\n\r\n{}", "--e\r\n\r\nx\r\n".repeat(1_000_000));
    rows.add("A2", "a million parts beside each other", |n| open(n, &flat), refused(TOO_MANY));
    let endless = "--e\r\nContent-Type: multipart/mixed; boundary=e\r\n\r\n".repeat(50_000);
    let same = format!("Content-Type: multipart/mixed; boundary=e\r\n\r\n{endless}");
    rows.add("A2", "parts of one boundary in each other", |n| open(n, &same), refused(TOO_DEEP));
}

fn headers(rows: &mut Rows) {
    let many = format!("{}\r\nx", "X: y\r\n".repeat(1_000_000));
    rows.add("A3", "a million headers", |n| open(n, &many), refused(HEADERS));
    let long = format!("X-Long: {}\r\n\r\nx", "y".repeat(5 << 20));
    rows.add("A3", "one header of five megabytes", |n| open(n, &long), refused(HEADERS));
    let addressed = "To: b@example.org\r\n".repeat(500_000) + "\r\nx";
    rows.add("A3", "500,000 headers of addresses", |n| open(n, &addressed), refused(HEADERS));
    let folded = format!("To: {}\r\n\r\nx", "b@example.org,\r\n ".repeat(500_000));
    rows.add("A3", "500,000 addresses in one header", |n| open(n, &folded), refused(HEADERS));
    let pieces: String = (0..100_000).map(|index| format!(";\r\n name*{index}=x")).collect();
    let pieces = format!("Content-Type: text/plain{pieces}\r\n\r\nx");
    rows.add("A4", "100,000 pieces of a file's name", |n| open(n, &pieces), refused(HEADERS));
    let few: String = (0..100).map(|index| format!(";\r\n filename*{index}*=x")).collect();
    let few = format!(
        "Content-Type: multipart/mixed; boundary=e\r\n\r\n--e\r\nContent-Disposition: attachment{few}\r\n\r\nx\r\n--e--\r\n"
    );
    rows.add("A4", "100 pieces of a file's name in a part", |n| open(n, &few), refused(HEADERS));
}

/// The good mail of a number without its Message-ID, from the sender of another.
fn unnamed(number: u32, sender: u32) -> Vec<u8> {
    let id = format!("Message-ID: <mail-{number}@lakefoot-families.example.org>\r\n");
    with(&with(&nomination(number), &id, ""), &format!("<{}>", referrer(number)), &format!("<{}>", referrer(sender)))
}

fn likeness(rows: &mut Rows) {
    let twice = format!("{OPENED} // {OPENED}");
    rows.add_several(
        "A6",
        "two mails of one second and one sender without Message-IDs",
        |n| vec![unnamed(n, n), unnamed(n + 1, n)],
        &twice,
    );
    let first_taken = |n: u32| {
        let id = format!("<mail-{n}@lakefoot-families.example.org>");
        let stolen = with(&letter(n + 1, "", "Hello", "Hello.\r\n"), &format!("<input-{}@agency.example.org>", n + 1), &id);
        vec![stolen, nomination(n)]
    };
    let other = waits("other", "the program could not tell what it is for", " receipt>sender");
    rows.add_several(
        "A7",
        "somebody wrote before with the Message-ID of a good mail",
        first_taken,
        &format!(
            "{other} // {}",
            looked_at("FF-E-##### has the same Message-ID and other content: one of them may not be genuine")
        ),
    );
    rows.add_several("A8", "the same bytes twice", |n| vec![nomination(n), nomination(n)], &format!("{OPENED} // {SAME}"));
    let rerouted = |n| {
        let way = "Received: from list.example.org by mx.example.org; Mon, 7 Sep 2026 09:00:00 +0100\r\n";
        vec![nomination(n), under(&format!("{way}Delivered-To: {}\r\n", super::OURS), &nomination(n))]
    };
    rows.add_several("A8", "the same mail by another way", rerouted, &format!("{OPENED} // {SAME}"));
}
