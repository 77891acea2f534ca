//! Who sent a mail: what the own border wrote on top proves a sender, nothing else does, and who is not proven gets a bare receipt.

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::document::Limits;
use focus_family::domain::ids::CaseReference;
use focus_family::domain::mail::open;
use focus_family::domain::mail::sender::{Border, prove};
use focus_family::store::{CaseFilter, EndState, LetterFilter, MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, nomination, record, referrer};
use crate::support::engines::for_each_house;

const KNOWN: [&str; 2] = ["council.example.org", "westbeck.example.org"];
const OURS: &str = "Authentication-Results: mx.council.example.org; dmarc=pass header.from=westbeck.example.org\r\n";

/// What is made of a mail with these headers, when the border writes as `mx.council.example.org`.
fn told(headers: &str) -> String {
    let raw = format!("{headers}To: focusfamily@council.example.org\r\nSubject: hello\r\n\r\nhello\r\n");
    let opened = open(raw.as_bytes(), &Limits::default()).unwrap_or_else(|problem| panic!("{headers}: {problem}"));
    let servers = ["mx.council.example.org".to_owned(), "second.council.example.org".to_owned()];
    prove(&opened.message, Border::Writes(&servers), KNOWN).says()
}

#[test]
fn only_the_topmost_word_of_the_own_border_proves_a_sender() {
    let from = "From: Head <head@westbeck.example.org>\r\n";
    let named = |server: &str, says: &str| format!("Authentication-Results: {server}; {says}\r\n");
    let pass = "dmarc=pass header.from=westbeck.example.org";
    let ours = "mx.council.example.org";
    let nothing = "not proven: our border server says nothing of it";
    let failed = "not proven: DMARC did not pass at our border server";
    let other = "not proven: DMARC passed for another domain than the mail is from";
    for (what, headers, expected) in [
        ("ours alone", named(ours, pass), "proven"),
        ("in capitals", named("MX.Council.Example.ORG", &pass.to_uppercase()), "proven"),
        ("the second name", named("second.council.example.org", pass), "proven"),
        ("nothing at all", String::new(), nothing),
        ("another's alone", named("mx.elsewhere.example", pass), nothing),
        ("a name that ends as ours", named("evil-mx.council.example.org", pass), nothing),
        ("a name that begins as ours", named("mx.council.example.org.evil.example", pass), nothing),
        ("a forged pass below our fail", named(ours, "dmarc=fail header.from=westbeck.example.org") + &named(ours, pass), failed),
        ("a forged pass below our silence", named(ours, "spf=pass smtp.mailfrom=a@b.example") + &named(ours, pass), nothing),
        ("a forged pass below our none", named(ours, "none") + &named(ours, pass), nothing),
        ("another's fail above our pass", named("relay.example", "dmarc=fail") + &named(ours, pass), "proven"),
        ("another's pass above our fail", named("relay.example", pass) + &named(ours, "dmarc=fail"), failed),
        ("what nobody understands above our pass", "Authentication-Results: (((\r\n".to_owned() + &named(ours, pass), nothing),
        ("a pass in a comment", named(ours, "spf=fail (dmarc=pass header.from=westbeck.example.org)"), nothing),
        ("a pass as a reason", named(ours, "dmarc=fail reason=\"dmarc=pass\" header.from=westbeck.example.org"), failed),
        ("a pass and a fail", named(ours, &format!("{pass}; dmarc=fail header.from=westbeck.example.org")), failed),
        ("a pass for another domain", named(ours, "dmarc=pass header.from=evil.example"), other),
        ("a pass for nobody", named(ours, "dmarc=pass"), other),
        ("a pass for a domain below", named(ours, "dmarc=pass header.from=x.westbeck.example.org"), other),
        ("none, as of a domain without a policy", named(ours, "dmarc=none header.from=westbeck.example.org"), failed),
        ("only SPF and DKIM", named(ours, "spf=pass smtp.mailfrom=westbeck.example.org; dkim=pass header.d=westbeck.example.org"), nothing),
        (
            "folded, with comments, versions and other methods",
            "Authentication-Results: mx.council.example.org (the border) 1;\r\n\tspf=pass (ip (v4)) smtp.mailfrom=head@westbeck.example.org;\r\n \
             dkim/1=pass reason=\"good; dmarc=fail\" header.d=westbeck.example.org;\r\n\tdmarc=pass (p=reject) header.from=westbeck.example.org\r\n"
                .to_owned(),
            "proven",
        ),
        ("our name without results", named(ours, "none"), nothing),
        ("another version of the format", named("mx.council.example.org 2", pass), nothing),
        ("no name", format!("Authentication-Results: {pass}\r\n"), nothing),
        ("as another header", format!("ARC-Authentication-Results: i=1; {ours}; {pass}\r\n"), nothing),
        ("in the original's header", format!("Authentication-Results-Original: {ours}; {pass}\r\n"), nothing),
    ] {
        assert_eq!(told(&format!("{headers}{from}")), expected, "{what}");
    }
}

#[test]
fn a_mail_that_is_not_clear_about_its_sender_proves_nobody() {
    let clear = "not proven: the mail does not name one sender clearly";
    for (what, headers, expected) in [
        ("one sender", "From: head@westbeck.example.org\r\n", "proven"),
        ("a name", "From: =?utf-8?B?SGVhZA==?= <head@westbeck.example.org>\r\n", "proven"),
        ("the own address as its name", "From: \"head@westbeck.example.org\" <head@westbeck.example.org>\r\n", "proven"),
        ("a colleague sent it", "From: head@westbeck.example.org\r\nSender: office@westbeck.example.org\r\n", "proven"),
        ("answers to a colleague", "From: head@westbeck.example.org\r\nReply-To: office@westbeck.example.org\r\n", "proven"),
        ("two From headers", "From: head@westbeck.example.org\r\nFrom: x@evil.example\r\n", clear),
        ("two From headers the other way", "From: x@evil.example\r\nFrom: head@westbeck.example.org\r\n", clear),
        ("two addresses", "From: head@westbeck.example.org, x@evil.example\r\n", clear),
        ("a group", "From: Staff: head@westbeck.example.org;\r\n", clear),
        ("an empty group", "From: Staff:;\r\n", clear),
        ("no From", "Sender: head@westbeck.example.org\r\n", clear),
        ("no address", "From: head\r\n", clear),
        ("another sent it", "From: head@westbeck.example.org\r\nSender: x@evil.example\r\n", clear),
        ("answers elsewhere", "From: head@westbeck.example.org\r\nReply-To: x@evil.example\r\n", clear),
        (
            "one of two answers elsewhere",
            "From: head@westbeck.example.org\r\nReply-To: a@westbeck.example.org, x@evil.example\r\n",
            clear,
        ),
        ("another address as its name", "From: \"Duty <duty@council.example.org>\" <head@westbeck.example.org>\r\n", clear),
        ("the same, encoded", "From: =?utf-8?Q?duty=40council.example.org?= <head@westbeck.example.org>\r\n", clear),
        (
            "the same, in wide letters",
            "From: =?utf-8?Q?duty=EF=BC=A0council.example.org?= <head@westbeck.example.org>\r\n",
            clear,
        ),
    ] {
        assert_eq!(told(&format!("{OURS}{headers}")), expected, "{what}");
    }
}

#[test]
fn a_domain_that_resembles_a_known_one_is_told_and_not_answered() {
    for (domain, said) in [
        ("westbeck.example.org", "proven"),
        (
            "west8eck.example.org",
            "not proven: its domain resembles `westbeck.example.org`, but for a letter; ring somebody you know there",
        ),
        (
            "councll.example.org",
            "not proven: its domain resembles `council.example.org`, with letters that look alike; ring somebody you know there",
        ),
        (
            "westbeck.example.com",
            "not proven: its domain resembles `westbeck.example.org`, with something added or another ending; ring somebody you know there",
        ),
        (
            "westbeck.example.org.evil.example",
            "not proven: its domain resembles `westbeck.example.org`, as the beginning of another domain; ring somebody you know there",
        ),
        ("lakefoot.example.org", "proven"),
    ] {
        let headers = format!(
            "Authentication-Results: mx.council.example.org; dmarc=pass header.from={domain}\r\nFrom: Head <head@{domain}>\r\n"
        );
        assert_eq!(told(&headers), said, "{domain}");
    }
}

#[test]
fn who_is_not_proven_gets_the_bare_receipt_and_the_case_says_so() {
    for_each_house(async |house| {
        let county = County::with_trust(house, "trust = \"border_results\"\nborder_servers = [\"mx.council.example.org\"]").await;
        let app = county.start_captured().await;
        let results = |says: &str| format!("Authentication-Results: mx.council.example.org; {says}\r\n").into_bytes();
        let proven = results("dmarc=pass header.from=lakefoot-families.example.org");
        let forged = results("dmarc=fail header.from=lakefoot-families.example.org");
        county.deliver("proven", &[proven.clone(), nomination(1)].concat());
        county.deliver("forged", &[forged.clone(), proven, nomination(2)].concat());
        county.deliver("silent", &nomination(3));
        settle(&app).await.unwrap();
        let store = &app.engine.store;
        for (uid, number, letter) in
            [("proven", 1, "acknowledgement_complete"), ("forged", 2, "receipt"), ("silent", 3, "receipt")]
        {
            let rows = store.mails(&MailFilter::default()).await.unwrap();
            let mail = rows.into_iter().find(|row| row.uid == uid).unwrap();
            let reference = mail.reference.clone().unwrap_or_else(|| panic!("{uid} opens a case"));
            let case = app.engine.case(&reference).await.unwrap().case;
            assert_eq!(case.sender_proven, number == 1, "{uid}");
            let kept = store.intake(mail.mail).await.unwrap().unwrap();
            let said = kept["sender"]["proof"].as_str().unwrap();
            assert_eq!(said == "proven", number == 1, "{uid}: {said}");
            let all = store.letters(&LetterFilter { limit: 100, ..LetterFilter::default() }).await.unwrap();
            let mut to_sender = Vec::new();
            for row in all {
                let whole = store.letter(row.id).await.unwrap().unwrap();
                if whole.recipient.as_text() == referrer(number) {
                    to_sender.push((row.letter.to_string(), whole.content.text.contains(reference.as_str())));
                }
            }
            assert_eq!(to_sender, [(letter.to_owned(), number == 1)], "{uid}");
        }
        assert_eq!(store.cases(&CaseFilter::default()).await.unwrap().len(), 3);
        // Nothing later goes to who was not proven either, until a person says so.
        let rows = store.mails(&MailFilter::default()).await.unwrap();
        let forged = rows.into_iter().find(|row| row.uid == "forged").unwrap().reference.unwrap();
        record(&app, &forged, "accept", "area_officer", &[]).await.unwrap();
        settle(&app).await.unwrap();
        let to_forged = county.captured.take().iter().filter(|letter| letter.to.as_str() == referrer(2)).count();
        assert_eq!(to_forged, 1, "the receipt and nothing else");
        // Whoever decided is asked to ring, for no letter tells of it; of a proven sender nobody is asked.
        let proven = store.mails(&MailFilter::default()).await.unwrap().into_iter().find(|row| row.uid == "proven").unwrap();
        let proven = proven.reference.unwrap();
        record(&app, &proven, "accept", "area_officer", &[]).await.unwrap();
        record(&app, &forged, "decline", "team", &["ground=other"]).await.unwrap();
        settle(&app).await.unwrap();
        let to_ring = async |reference: &CaseReference| {
            let id = app.engine.case(reference).await.unwrap().id;
            let tasks = store.tasks(&TaskFilter { case: Some(id), closed_too: true, ..TaskFilter::default() }).await.unwrap();
            let rings = tasks.iter().filter(|task| task.says.starts_with("Ring who sent the nomination"));
            let mut roles: Vec<String> = rings.map(|task| task.role.to_string()).collect();
            roles.sort();
            roles
        };
        assert_eq!(to_ring(&forged).await, ["area_officer", "team"], "accepted by one, declined by the other");
        assert_eq!(to_ring(&proven).await, [""; 0]);
        let told = county.captured.take().iter().filter(|letter| letter.to.as_str() == referrer(2)).count();
        assert_eq!(told, 0, "nothing of what was decided goes to who is not proven");
        all_is_well(&app, "after proven and forged mails").await;
    });
}

/// How the mail with this name ended.
async fn end_of(app: &App, uid: &str) -> Option<EndState> {
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    rows.into_iter().find(|row| row.uid == uid).unwrap().end
}

/// Whoever has a copy of a mail can send it first, doctored in lines that are no part of what makes two mails the same.
#[test]
fn a_doctored_copy_that_comes_first_swallows_nothing() {
    for_each_house(async |house| {
        let county = County::with_trust(house, "trust = \"border_results\"\nborder_servers = [\"mx.council.example.org\"]").await;
        let app = county.start_captured().await;
        let results = |says: &str| format!("Authentication-Results: mx.council.example.org; {says}\r\n").into_bytes();
        let proven = results("dmarc=pass header.from=lakefoot-families.example.org");
        let failed = results("dmarc=fail header.from=lakefoot-families.example.org");
        let alarm =
            b"From: Head <head@lakefoot-families.example.org>\r\nTo: focusfamily@council.example.org\r\nSubject: Help\r\n\
            Date: Mon, 7 Sep 2026 08:28:02 +0100\r\nMessage-ID: <alarm@lakefoot-families.example.org>\r\n\r\n\
            He has a knife and says he will kill her tonight.\r\n";
        // An alarm: once as a machine would return it, then as it was sent.
        let returned = b"Return-Path: <>\r\nX-Failed-Recipients: x@y.example\r\n";
        county.deliver("returned", &[&failed[..], returned, alarm].concat());
        settle(&app).await.unwrap();
        assert_eq!(end_of(&app, "returned").await, Some(EndState::Automatic));
        county.deliver("alarm", &[&proven[..], alarm].concat());
        settle(&app).await.unwrap();
        assert_eq!(end_of(&app, "alarm").await, Some(EndState::Request), "it is read for itself");

        // A nomination: once from nobody proven, then from its sender.
        county.deliver("forged", &[failed.clone(), nomination(2)].concat());
        settle(&app).await.unwrap();
        county.deliver("genuine", &[proven.clone(), nomination(2)].concat());
        county.deliver("again", &[failed, nomination(2)].concat());
        settle(&app).await.unwrap();
        let store = &app.engine.store;
        let rows = store.mails(&MailFilter::default()).await.unwrap();
        let reference = rows.iter().find(|row| row.uid == "forged").unwrap().reference.clone().expect("it opens a case");
        assert!(
            ["genuine", "again"]
                .iter()
                .all(|uid| rows.iter().any(|row| row.uid == *uid && row.reference.as_ref() == Some(&reference)))
        );
        assert_eq!(store.cases(&CaseFilter::default()).await.unwrap().len(), 1);
        let tasks = store.tasks(&TaskFilter::default()).await.unwrap();
        let asked = tasks.iter().filter(|task| task.says.contains("confirm_sender")).count();
        assert_eq!(asked, 1, "{tasks:?}");
        let _before = county.captured.take();
        record(&app, &reference, "confirm_sender", "area_officer", &["confirmed_by=telephone"]).await.unwrap();
        settle(&app).await.unwrap();
        assert!(county.captured.take().iter().any(|letter| letter.to.as_str() == referrer(2)), "then its sender is answered");
        all_is_well(&app, "after doctored copies").await;
    });
}
