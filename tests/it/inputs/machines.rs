//! A39–A51: sealed mails, what machines write, and what is no nomination.

use super::{OPENED_SILENTLY, OURS, Rows, letter, under, waits, with};
use crate::carriers::boxes::signed;
use crate::support::daemon::{mail_with, nomination};

const AUTO: &str = "automatic, auto_reply; no letter";
const BOUNCE: &str = "automatic, bounce; no letter";
const CIRCULAR: &str =
    "automatic, other (a list server sent it to many people, and it brings no form, names no case and asks nothing); no letter";
const UNTOLD: &str = "the program could not tell what it is for";
const SERVICE: &str =
    "the mail came through a secure-mail service; open it there, in the mailbox it was sent to, and save the form here";
const KEY: &str = "the mail is encrypted for a key (S/MIME or PGP); open it where the key is and save the form here, or ask for it as an ordinary mail";

pub fn add(rows: &mut Rows) {
    sealed(rows);
    replies(rows);
    returned(rows);
    others(rows);
}

/// A mail of a subject that says nothing, with a sealed letter in it.
fn holding(number: u32, name: &str, kind: &str, bytes: &[u8]) -> Vec<u8> {
    let mail = with(&mail_with(number, &[(name, kind, bytes)]), "Subject: Nomination", "Subject: A message for you");
    with(&mail, "Please find a nomination from us.", "You have a message.")
}

fn sealed(rows: &mut Rows) {
    let enveloped = signed(b"sealed", 3);
    for (what, name, kind, bytes, doubt) in [
        (
            "sealed by Purview",
            "message_v2.rpmsg",
            "application/x-microsoft-rpmsg-message",
            &b"\x76\xe8\x04\x60\xc4\x11\xe3\x86...."[..],
            SERVICE,
        ),
        (
            "sealed by Purview for a browser",
            "message.html",
            "text/html",
            b"<html><form action=\"https://outlook.office365.com/Encryption/store.ashx\"><input name=\"rpmsg\"></form></html>",
            SERVICE,
        ),
        ("sealed by Egress", "secure.switch", "application/octet-stream", b"\0\x01\x02", SERVICE),
        ("sealed for a certificate", "smime.p7m", "application/pkcs7-mime", &enveloped, KEY),
        (
            "sealed by PGP",
            "encrypted.asc",
            "application/octet-stream",
            b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
            KEY,
        ),
    ] {
        let reason = format!("{UNTOLD}; {doubt}");
        rows.add("A39", what, |n| holding(n, name, kind, bytes), waits("other", &reason, " receipt>sender"));
        let opened = format!(
            "case_opened, nomination; awaiting_information not_shown no area; \
             acknowledgement_missing>referrer area_unknown>team triage_summary>team; \
             team: FF-E-#####: look at the mail: {doubt}; team: Say which area the family belongs to."
        );
        rows.add("A39", what, |n| mail_with(n, &[(name, kind, bytes)]), opened);
    }
}

/// A report of a program in parts: its kind, its text, its part for machines.
fn report(number: u32, head: &str, subject: &str, kind: &str, machine: &str) -> Vec<u8> {
    let head = format!("{head}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary=b\r\n");
    let body = format!("--b\r\n\r\nThis is a report.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{machine}\r\n--b--\r\n");
    letter(number, &head, subject, &body)
}

fn replies(rows: &mut Rows) {
    let read = |n| {
        report(
            n,
            "",
            "Read: Your nomination",
            "disposition-notification",
            "Disposition: manual-action/MDN-sent-manually; displayed",
        )
    };
    rows.add("A40", "a read receipt", read, AUTO);
    let recall = |n| letter(n, "", "Recall: the family in Quarry Rigg", "Pat Quillfeather would like to recall the message.\r\n");
    rows.add("A40", "a recall", recall, AUTO);
    let invitation = |n| {
        let head = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n";
        let body = "--b\r\n\r\nPlease come.\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--b--\r\n";
        letter(n, head, "Meeting about the family", body)
    };
    rows.add("A40", "an invitation of a person", invitation, waits("other", UNTOLD, " receipt>sender"));
    let accepted = |n| {
        let head = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n";
        let body = "--b\r\n\r\n\r\n--b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--b--\r\n";
        letter(n, head, "Accepted: Meeting about the family", body)
    };
    rows.add("A40", "the answer of a calendar", accepted, AUTO);
    let answers = |method: &'static str, says: &'static str| {
        move |n| {
            let head = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n";
            let body = format!(
                "--b\r\n\r\n\r\n--b\r\nContent-Type: text/calendar; method={method}\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:{method}\r\n\
                 BEGIN:VEVENT\r\n{says}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n"
            );
            letter(n, head, "Re: Meeting about the family", &body)
        }
    };
    let yes = "ATTENDEE;PARTSTAT=ACCEPTED;CN=Quinn:mailto:q@example.org";
    rows.add("A40", "a calendar that accepts", answers("REPLY", yes), AUTO);
    for (what, method, says) in [
        ("a calendar that declines", "REPLY", "ATTENDEE;CN=Quinn;PARTSTAT=DECLINED:mailto:q@example.org"),
        ("a calendar that declines on a folded line", "REPLY", "ATTENDEE;CN=Quinn;PARTS\r\n TAT=DECLINED:mailto:q@example.org"),
        ("a calendar that may come", "REPLY", "attendee;partstat=tentative:mailto:q@example.org"),
        ("a calendar that comes with words", "REPLY", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:q@example.org\r\nCOMMENT:late"),
        ("a calendar that proposes another time", "COUNTER", yes),
    ] {
        rows.add("A40", what, answers(method, says), waits("other", UNTOLD, ""));
    }
    let scanned = |n| {
        let mail = mail_with(n, &[("SKM_C258.pdf", "application/pdf", b"%PDF-1.4 broken")]);
        let mail = with(&mail, "Subject: Nomination", "Auto-Submitted: auto-generated\r\nSubject: Message from KM_C258");
        with(&mail, "Please find a nomination from us.", "")
    };
    let damaged = format!("{UNTOLD}; an attachment is damaged; ask the sender for it again");
    rows.add("A46", "what a scanner sends and nobody can read", scanned, waits("other", &damaged, ""));
    let form =
        |n| letter(n, "Auto-Submitted: auto-generated\r\n", "Online form", "Somebody rang about the family in Low Row.\r\n");
    rows.add("A46", "what a web form sends", form, waits("other", UNTOLD, ""));
    let subject = |n| letter(n, "", "Cancelled: consent", "Mum has taken back what she said. Please stop.\r\n");
    rows.add("A46", "a person's subject like a machine's", subject, waits("other", UNTOLD, " receipt>sender"));
    let away =
        |head: &'static str, subject: &'static str| move |n| letter(n, head, subject, "I am out of the office until Monday.\r\n");
    rows.add("A46", "an absence note", away("Auto-Submitted: auto-replied\r\n", "Automatic reply: hello"), AUTO);
    rows.add("A46", "an absence note without headers", away("", "Automatic reply: hello"), AUTO);
    rows.add(
        "A46",
        "an absence note that says so in its text only",
        away("X-Auto-Response-Suppress: All\r\n", "Re: hello"),
        AUTO,
    );
    rows.add("A46", "an absence note with the header of a program", away("X-Autoreply: yes\r\n", "Re: hello"), AUTO);
}

fn returned(rows: &mut Rows) {
    let daemon = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org\r\nAuto-Submitted: auto-replied\r\n";
    let of = |action: &'static str, subject: &'static str| {
        move |n| {
            let machine = format!("Final-Recipient: rfc822; x@y.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n");
            report(n, daemon, subject, "delivery-status", &machine)
        }
    };
    rows.add("A40", "a notice of delay", of("delayed", "Delivery delayed"), BOUNCE);
    rows.add("A48", "a report about a mail we never sent", of("failed", "Undelivered Mail Returned to Sender"), BOUNCE);
    rows.add("A48", "a report of success", of("delivered", "Delivery Status Notification (Success)"), BOUNCE);
    let quoting = |n| {
        let text =
            "It did not arrive. The original:\r\nThe Quillfeather family has a child who was hurt. He is in danger now.\r\n";
        letter(n, daemon, "Undelivered Mail Returned to Sender", text)
    };
    rows.add("A49", "a report that quotes what a family said", quoting, BOUNCE);
}

fn others(rows: &mut Rows) {
    let news =
        "List-Id: <news.charity.example.org>\r\nList-Unsubscribe: <mailto:off@charity.example.org>\r\nPrecedence: bulk\r\n";
    rows.add("A51", "a newsletter", |n| letter(n, news, "Our news in September", "Read about our summer.\r\n"), CIRCULAR);
    let bulk = "Precedence: bulk\r\n";
    let update = |n| letter(n, bulk, "Our autumn update", "The hall is open again on Mondays.\r\n");
    rows.add("A51", "a mail of a list that nobody can leave", update, waits("other", UNTOLD, ""));
    let autumn = |n| letter(n, news, "Our autumn update", "The hall is open again on Mondays.\r\n");
    rows.add("A51", "a circular that calls itself an update", autumn, CIRCULAR);
    let wares = |n| letter(n, news, "Autumn newsletter", "This month: money advice drop-ins and a wellbeing walk. Book now.\r\n");
    rows.add("A51", "a newsletter that has a word of our trade", wares, CIRCULAR);
    let himself = |n| letter(n, news, "A family", "I would be glad of advice on a family at our school.\r\n");
    rows.add("A51", "a colleague who asks without a question mark", himself, waits("other", UNTOLD, ""));
    let asks = |n| {
        letter(n, news, "A question", "Could somebody advise me how to begin? I have never done an Early Help Assessment.\r\n")
    };
    rows.add("A51", "a colleague's question through a list", asks, waits("other", UNTOLD, ""));
    let puts = |n| letter(n, news, "Family", "We would like to nominate a family for Focus Family. Please ring me.\r\n");
    rows.add("A51", "a nomination in words through a list", puts, waits("other", UNTOLD, ""));
    let names = |n| letter(n, news, "Re: FF-2019-1234", "Thank you.\r\n");
    rows.add("A51", "a mail of a list that names a case we do not have", names, waits("other", UNTOLD, ""));
    let ours = "List-Id: <all.charity.example.org>\r\nIn-Reply-To: <1234@council.example.org>\r\n";
    let answers = |n| letter(n, ours, "Re: Your mail", "Thank you.\r\n");
    rows.add("A51", "an answer to a mail of ours through a list", answers, waits("other", UNTOLD, ""));
    let carried = |n| under(news, &nomination(n));
    rows.add("A51", "a filled form through a list", carried, OPENED_SILENTLY);
    let form = |n| letter(n, news, "Focus Family nomination form", "The nomination form has changed.\r\n");
    rows.add("A51", "a newsletter about nominations", form, waits("other", UNTOLD, ""));
    let danger = |n| letter(n, news, "Please help", "He has a knife and says he will kill her tonight.\r\n");
    rows.add(
        "A51",
        "danger now, sent through a list",
        danger,
        "request, safeguarding_alert (words of immediate danger: read the mail now and ring the Safeguarding Hub); danger_alert>duty; \
         duty: FF-E-#####: words of immediate danger: read the mail now and ring the Safeguarding Hub",
    );
    let spam = |n| letter(n, "", "You have won", "Click here to collect the prize: https://evil.example/\r\n");
    rows.add("A51", "an advertisement", spam, waits("other", UNTOLD, " receipt>sender"));
    let press = |n| letter(n, "", "Question of the Gazette", "We write about the programme. May we talk to somebody?\r\n");
    rows.add("A51", "a question of the press", press, waits("other", UNTOLD, " receipt>sender"));
    let foi = |n| letter(n, "", "Freedom of Information request", "How many families did you work with in 2025?\r\n");
    rows.add(
        "A51",
        "a request for information",
        foi,
        "request, foi_request (a freedom-of-information request: answer within ## working days); \
         receipt>sender request_announcement>information_governance; \
         information_governance: FF-E-#####: a freedom-of-information request: answer within ## working days",
    );
    let ours = |n| letter(n, &format!("To: list@charity.example.org\r\nCc: {OURS}\r\n"), "Minutes", "Here they are.\r\n");
    rows.add("A51", "a mail to somebody else that we got a copy of", ours, waits("other", UNTOLD, " receipt>sender"));
}
