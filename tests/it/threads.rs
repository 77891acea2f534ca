//! Answers find their case by what was signed for their sender, or wait for a person: a stolen or guessed reference gives nothing.

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::ids::CaseReference;
use focus_family::store::{EndState, MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, nomination, record, referrer};
use crate::support::engines::{House, for_each_house, sqlite_house};

const OURS: &str = "focusfamily@council.example.org";

/// A letter of ours as it arrived.
struct Letter {
    to: String,
    message_id: String,
    reply_to: String,
}

/// Two cases with two referrers and one keyworker, and all letters about them.
struct Town<'a> {
    county: &'a County<'a>,
    app: App,
    cases: Vec<CaseReference>,
    letters: Vec<(CaseReference, Letter)>,
    mails: std::cell::Cell<u32>,
}

/// What somebody writes.
#[derive(Default)]
struct Answer<'a> {
    head: &'a str,
    from: &'a str,
    to: &'a str,
    subject: &'a str,
    references: &'a str,
}

impl<'a> Town<'a> {
    async fn new(county: &'a County<'a>) -> Self {
        let app = county.start_captured().await;
        let mut town = Self { county, app, cases: Vec::new(), letters: Vec::new(), mails: std::cell::Cell::new(0) };
        for number in [1, 2] {
            county.deliver(&format!("nomination-{number}"), &nomination(number));
            settle(&town.app).await.unwrap();
            let rows = town.app.engine.store.mails(&MailFilter::default()).await.unwrap();
            let row = rows.into_iter().find(|row| row.uid == format!("nomination-{number}")).unwrap();
            town.cases.push(row.reference.unwrap());
        }
        for case in &town.cases {
            record(&town.app, case, "accept", "area_officer", &[]).await.unwrap();
            record(&town.app, case, "record_checks", "area_officer", &["checks=complete"]).await.unwrap();
            record(&town.app, case, "allocate", "area_officer", &["keyworker=Nell Byrne <n.byrne@example.org>"]).await.unwrap();
        }
        settle(&town.app).await.unwrap();
        for letter in county.captured.take() {
            let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
            let Some(case) = message.header_raw("X-FF-Case") else { continue };
            let first = |address: &mail_parser::Address<'_>| address.first().unwrap().address().unwrap().to_owned();
            let letter = Letter {
                to: letter.to.as_str().to_owned(),
                message_id: format!("<{}>", message.message_id().unwrap()),
                reply_to: first(message.reply_to().unwrap()),
            };
            town.letters.push((case.trim().parse().unwrap(), letter));
        }
        town
    }

    /// The letter about the case of a number to somebody.
    fn letter(&self, case: usize, to: &str) -> &Letter {
        let found = self.letters.iter().find(|(about, letter)| *about == self.cases[case] && letter.to == to);
        &found.unwrap_or_else(|| panic!("{to} had a letter about {}", self.cases[case])).1
    }

    /// What becomes of an answer: `attached 0`, or `waiting` with the guesses, cases told by number.
    async fn told(&self, answer: &Answer<'_>) -> String {
        self.mails.set(self.mails.get() + 1);
        let uid = format!("answer-{}", self.mails.get());
        let references =
            if answer.references.is_empty() { String::new() } else { format!("References: {}\r\n", answer.references) };
        let raw = format!(
            "{}From: {}\r\nTo: {}\r\nSubject: {}\r\n{references}Date: Mon, 7 Sep 2026 10:28:02 +0100\r\n\
             Message-ID: <{uid}@agency.example.org>\r\n\r\nThank you, here is the news. Nothing else has changed.\r\n",
            answer.head,
            answer.from,
            if answer.to.is_empty() { OURS } else { answer.to },
            answer.subject,
        );
        self.county.deliver(&uid, raw.as_bytes());
        settle(&self.app).await.unwrap();
        let rows = self.app.engine.store.mails(&MailFilter { limit: 1_000, ..MailFilter::default() }).await.unwrap();
        let row = rows.into_iter().find(|row| row.uid == uid).unwrap();
        let mut told = row.end.map_or("none", EndState::as_str).to_owned();
        if let Some(case) = &row.reference {
            told += &format!(" {case}");
        }
        let reason = row.reason.unwrap_or_default();
        let said =
            if row.end == Some(EndState::Waiting) { reason.split_once("; ").map_or("", |(_, said)| said) } else { &reason };
        if !said.is_empty() {
            told += &format!(": {said}");
        }
        for (number, case) in self.cases.iter().enumerate() {
            told = told.replace(case.as_str(), &number.to_string());
        }
        told
    }
}

async fn town(house: &House, check: impl AsyncFn(Town<'_>)) {
    let county = County::with(house, |text| text.replace("sender_name =", "answers_to = \"sub_address\"\nsender_name =")).await;
    Box::pin(check(Town::new(&county).await)).await;
}

#[test]
fn an_answer_joins_its_case_when_it_is_signed_for_its_sender_who_is_of_that_case() {
    for_each_house(async |house| {
        town(house, async |town| {
            let school = referrer(1);
            let (ours, theirs) = (town.letter(0, &school), town.letter(1, &referrer(2)));
            let (id, box_of_ours) = (ours.message_id.as_str(), ours.reply_to.as_str());
            let nell = "n.byrne@example.org";
            let of_nell = [town.letter(0, nell).message_id.clone(), town.letter(1, nell).message_id.clone()];
            let both = of_nell.join(" ");
            let longer = format!("<x@agency.example.org>\r\n {id} <y@agency.example.org>");
            let renumbered = id.replacen("<ff.", "<ff.0", 1);
            let shout = box_of_ours.to_uppercase();
            // As programs write it that fold at 78 characters: encoded words, in one piece and in two.
            let quoted = |text: &str| -> String { text.bytes().map(|byte| format!("={byte:02X}")).collect() };
            let encoded = format!("=?utf-8?q?{}?=", quoted(id));
            let (front, back) = id.split_at(id.len() / 2);
            let in_two = format!("=?utf-8?q?{}?=\r\n =?utf-8?q?{}?=", quoted(front), quoted(back));
            assert!(town.letters.iter().all(|(_, letter)| letter.message_id.len() < 76), "an id fits a line: {id}");
            let copied = format!("{OURS}, {nell}, stranger@evil.example");
            let answers_other = "waiting: perhaps 0 (it answers a letter of ours about it, and its sender is not of that case now)";
            let subject = format!("Re: {}: nomination received", town.cases[0]);
            let failed = "Authentication-Results: mx.council.example.org; dmarc=fail header.from=lakefoot-families.example.org\r\n";
            let written = "(we have written to its sender about it)";
            let rows = [
                ("an answer", Answer { from: &school, references: id, ..Answer::default() }, "attached 0".to_owned()),
                ("its capitals changed", Answer { from: &school.to_uppercase(), references: id, ..Answer::default() }, "attached 0".to_owned()),
                ("in a longer thread", Answer { from: &school, references: &longer, ..Answer::default() }, "attached 0".to_owned()),
                ("its reference encoded", Answer { from: &school, references: &encoded, ..Answer::default() }, "attached 0".to_owned()),
                ("its reference encoded in two", Answer { from: &school, references: &in_two, ..Answer::default() }, "attached 0".to_owned()),
                ("by the address alone", Answer { from: &school, to: box_of_ours, ..Answer::default() }, "attached 0".to_owned()),
                ("by the address in capitals", Answer { from: &school, to: &shout, ..Answer::default() }, "attached 0".to_owned()),
                ("a letter that the store has lost", Answer { from: &school, references: &renumbered, ..Answer::default() }, "attached 0".to_owned()),
                (
                    "a copy to somebody of the case and to a stranger",
                    Answer { from: &school, to: &copied, references: id, ..Answer::default() },
                    "attached 0: it also went to one address that is not of this case; nobody else was answered".to_owned(),
                ),
                ("of one that has two cases", Answer { from: nell, references: &of_nell[1], ..Answer::default() }, "attached 1".to_owned()),
                ("a colleague of the case passes our letter on", Answer { from: nell, references: id, ..Answer::default() }, "attached 0".to_owned()),
                ("two cases at once", Answer { from: nell, references: &both, ..Answer::default() }, "waiting: perhaps".to_owned()),
                ("a stolen Message-ID", Answer { from: "x@evil.example", references: id, ..Answer::default() }, answers_other.to_owned()),
                ("a stolen address", Answer { from: "x@evil.example", to: box_of_ours, ..Answer::default() }, "waiting".to_owned()),
                (
                    "a forged sender",
                    Answer { head: failed, from: &school, references: id, ..Answer::default() },
                    "waiting: perhaps 0 (it answers a letter of ours about it, and its sender is not proven)".to_owned(),
                ),
                (
                    "two senders, one of them of the case",
                    Answer { from: &format!("{school}, x@evil.example"), references: id, ..Answer::default() },
                    answers_other.to_owned(),
                ),
                (
                    "another case's letter pasted in",
                    Answer { from: &school, references: &theirs.message_id, ..Answer::default() },
                    "waiting: perhaps 1 (it answers a letter of ours about it, and its sender is not of that case now), 0 (we have written to its sender about it)"
                        .to_owned(),
                ),
                (
                    "another case's address",
                    Answer { from: &school, to: &theirs.reply_to, ..Answer::default() },
                    format!("waiting: perhaps 0 {written}"),
                ),
                (
                    "another address of the same person",
                    Answer { from: "frances.tolson1@home.example", references: id, ..Answer::default() },
                    answers_other.to_owned(),
                ),
                (
                    "the subject alone, of somebody of the case",
                    Answer { from: &school, subject: &subject, ..Answer::default() },
                    "waiting: perhaps 0 (its subject names it)".to_owned(),
                ),
                (
                    "the subject alone, of a stranger",
                    Answer { from: "x@evil.example", subject: &subject, ..Answer::default() },
                    "waiting: perhaps 0 (its subject names it)".to_owned(),
                ),
                ("the sender alone", Answer { from: &school, ..Answer::default() }, format!("waiting: perhaps 0 {written}")),
            ];
            let mut wrong = Vec::new();
            for (what, answer, expected) in &rows {
                let told = town.told(answer).await;
                let good = if expected.ends_with("perhaps") { told.starts_with(expected) } else { told == *expected };
                if !good {
                    wrong.push(format!("{what}:\n    file: {expected}\n    told: {told}"));
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            all_is_well(&town.app, "after the answers").await;
        })
        .await;
    });
}

#[test]
fn who_is_no_longer_on_a_case_cannot_answer_into_it() {
    for_each_house(async |house| {
        town(house, async |town| {
            let nell = "n.byrne@example.org";
            let letter = town.letter(0, nell);
            let (id, to) = (letter.message_id.clone(), letter.reply_to.clone());
            let answer = Answer { from: nell, to: &to, references: &id, ..Answer::default() };
            assert_eq!(town.told(&answer).await, "attached 0");
            let other = ["keyworker=Wyn Hale <w.hale@example.org>"];
            record(&town.app, &town.cases[0], "change_keyworker", "area_officer", &other).await.unwrap();
            let told = town.told(&answer).await;
            assert!(
                told.starts_with(
                    "waiting: perhaps 0 (it answers a letter of ours about it, and its sender is not of that case now)"
                ),
                "{told}"
            );
        })
        .await;
    });
}

#[test]
fn no_made_up_reference_changes_a_case() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let house = sqlite_house();
    runtime.block_on(town(&house, async |town| {
        let version = async || town.app.engine.case(&town.cases[0]).await.unwrap().case.version;
        let (before, school) = (version().await, referrer(1));
        let letter = town.letter(0, &school);
        let (local, domain) = letter.reply_to.split_once('@').unwrap();
        let mark_at = local.rfind('.').unwrap() + 1;
        for number in 0..local.len() - mark_at {
            // Every character of the mark counts.
            let mut forged = local.as_bytes().to_vec();
            forged[mark_at + number] = if forged[mark_at + number] == b'a' { b'b' } else { b'a' };
            let forged = format!("{}@{domain}", String::from_utf8(forged).unwrap());
            let unknown = format!("<ff.{number:032x}.{}@{domain}>", forged.split_once('+').unwrap().1.split_once('@').unwrap().0);
            let told = town.told(&Answer { from: &school, to: &forged, references: &unknown, ..Answer::default() }).await;
            assert!(told.starts_with("waiting"), "{told}");
        }
        assert_eq!(version().await, before);
    }));
}

/// What the law gives a clock keeps it, wherever it is asked; and nobody's family is lost over a question.
#[test]
fn a_request_of_the_law_in_an_answer_or_a_nomination_is_opened_beside_the_case() {
    const FOI: &str = "Under the Freedom of Information Act please tell me how many families were nominated last year.";
    const RECORDS: &str = "I would like a copy of all the information you hold about me.";
    for_each_house(async |house| {
        town(house, async |town| {
            let school = referrer(1);
            let ours = town.letter(0, &school);
            let answer = |number: u32, text: &str| {
                format!(
                    "From: {school}\r\nTo: {OURS}\r\nSubject: Re: your letter\r\nReferences: {}\r\n\
                     Message-ID: <law{number}@agency.example.org>\r\n\r\nThey now live at 8 Low Row.\r\n\r\n{text}\r\n",
                    ours.message_id
                )
                .into_bytes()
            };
            let family = String::from_utf8(nomination(3)).unwrap();
            let family =
                family.replace("Please find a nomination from us.", &format!("Please find a nomination from us.\r\n\r\n{FOI}"));
            let rows = [
                ("foi", answer(1, FOI), EndState::Attached, "freedom-of-information"),
                ("records", answer(2, RECORDS), EndState::Attached, "subject-access"),
                ("both", family.into_bytes(), EndState::CaseOpened, "freedom-of-information"),
            ];
            for (uid, raw, end, says) in rows {
                town.county.deliver(uid, &raw);
                settle(&town.app).await.unwrap();
                let rows = town.app.engine.store.mails(&MailFilter { limit: 1_000, ..MailFilter::default() }).await.unwrap();
                let row = rows.into_iter().find(|row| row.uid == uid).unwrap();
                assert_eq!(row.end, Some(end), "{uid}");
                if end == EndState::Attached {
                    assert_eq!(row.reference.as_ref(), Some(&town.cases[0]), "{uid}");
                }
                let filter = TaskFilter { mail: Some(row.mail), ..TaskFilter::default() };
                let tasks = town.app.engine.store.tasks(&filter).await.unwrap();
                let of_law: Vec<_> = tasks.iter().filter(|task| task.role.as_str() == "information_governance").collect();
                assert!(of_law.len() == 1 && of_law[0].says.contains(says) && of_law[0].case == row.case, "{uid}: {tasks:?}");
                let told = town.county.captured.take();
                assert!(told.iter().any(|letter| letter.to.as_str() == "hugh.lorimer@council.example.org"), "{uid}");
            }
            all_is_well(&town.app, "after requests beside cases").await;
        })
        .await;
    });
}
