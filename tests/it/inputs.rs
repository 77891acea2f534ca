//! Hostile and odd inputs by the number they have in our list of them, each with what must come of it: one end state with a sentence for
//! a person, a case or none, letters to nobody who should not get one.
//!
//! One program on one store takes them all in, one after the other. What is no mail (a server's behaviour, a clock, an outbox) has a test
//! of its own elsewhere; [`ELSEWHERE`] names it.

mod files;
mod machines;
mod senders;
mod shape;

use std::collections::BTreeSet;
use std::path::Path;

use focus_family::daemon::round::{settle, take_in};
use focus_family::daemon::{alarm, flood};
use focus_family::domain::ids::LetterName;
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::Settler;
use focus_family::store::{EndState, MailFilter};

use crate::support::daemon::{County, all_is_well, mail_with, nomination};
use crate::support::engines::{for_each_house, sqlite_house};
use crate::support::told::{named, told};

/// A good nomination that nothing is the matter with.
const OPENED: &str =
    "case_opened, nomination; triage meets copeland; acknowledgement_complete>referrer triage_summary>area_officer";
/// The same of a sender that must not be answered.
const OPENED_SILENTLY: &str = "case_opened, nomination; triage meets copeland; triage_summary>area_officer";
/// Addresses that may get letters besides the one that wrote.
const OWN_PEOPLE: &str = "@council.example.org";
const OURS: &str = "focusfamily@council.example.org";

/// One input and what must come of it.
struct Row {
    /// Its number in the list: `A31`.
    id: &'static str,
    what: &'static str,
    /// Delivered one after the other; what is told of each is joined with ` // `.
    mails: Vec<Vec<u8>>,
    expected: String,
}

/// The table in the making; every mail gets a number of its own, and with it a sender and a family.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    number: u32,
}

impl Rows {
    fn add(&mut self, id: &'static str, what: &'static str, mail: impl FnOnce(u32) -> Vec<u8>, expected: impl Into<String>) {
        self.number += 1;
        let mails = vec![mail(self.number)];
        self.rows.push(Row { id, what, mails, expected: expected.into() });
    }

    /// Several mails, made of the numbers `first` and `first + 1`.
    fn add_several(&mut self, id: &'static str, what: &'static str, mails: impl FnOnce(u32) -> Vec<Vec<u8>>, expected: &str) {
        self.number += 2;
        let mails = mails(self.number - 1);
        self.rows.push(Row { id, what, mails, expected: expected.to_owned() });
    }
}

/// Whoever writes when it matters to nobody who.
fn stranger(number: u32) -> String {
    format!("Pat Quillfeather <pat{number}@agency.example.org>")
}

/// A mail of a stranger: `head` stands above its other headers, with line ends.
fn letter(number: u32, head: &str, subject: &str, body: &str) -> Vec<u8> {
    let from = if head.contains("From: ") { String::new() } else { format!("From: {}\r\n", stranger(number)) };
    format!(
        "{head}{from}To: {OURS}\r\nSubject: {subject}\r\nDate: Mon, 7 Sep 2026 08:28:02 +0100\r\n\
         Message-ID: <input-{number}@agency.example.org>\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A good nomination with a file beside the form.
fn beside(number: u32, name: &str, bytes: &[u8]) -> Vec<u8> {
    let form = focus_family::demo::forms::nomination_docx(&crate::support::daemon::form(number));
    let octets = "application/octet-stream";
    mail_with(number, &[("nomination.docx", octets, &form), (name, octets, bytes)])
}

/// A good nomination's mail whose only file is this.
fn only(number: u32, name: &str, bytes: &[u8]) -> Vec<u8> {
    mail_with(number, &[(name, "application/octet-stream", bytes)])
}

/// `mail` with headers on top, each with its line end.
fn under(head: &str, mail: &[u8]) -> Vec<u8> {
    [head.as_bytes(), mail].concat()
}

/// The mail with another text in place of the first `from`.
fn with(mail: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    assert!(text.contains(from), "`{from}` stands in the mail");
    text.replacen(from, to, 1).into_bytes()
}

/// A good nomination beside a file that hides a paper: the officer looks, the sender is asked for it.
fn asked_again(doubt: &str) -> String {
    format!(
        "case_opened, nomination; triage meets copeland; acknowledgement_missing>referrer triage_summary>area_officer; \
         area_officer: FF-E-#####: look at the mail: {doubt}"
    )
}

/// A good nomination with something the officer looks at.
fn looked_at(doubt: &str) -> String {
    format!("{OPENED}; area_officer: FF-E-#####: look at the mail: {doubt}")
}

/// A good nomination whose sender is not believed.
fn not_believed(letters: &str, doubt: &str) -> String {
    format!("case_opened, nomination; triage meets copeland; {letters}; area_officer: FF-E-#####: look at the mail: {doubt}")
}

/// A mail nobody could open.
fn refused(reason: &str) -> String {
    format!("waiting, unread ({reason}); mail_waiting>team receipt>sender; team: FF-E-#####: {reason}")
}

/// A mail that a person sorts; `letters` beside the one to the team.
fn waits(kind: &str, reason: &str, letters: &str) -> String {
    format!("waiting, {kind} ({reason}); mail_waiting>team{letters}; team: FF-E-#####: {reason}")
}

fn rows() -> Vec<Row> {
    let mut rows = Rows::default();
    shape::add(&mut rows);
    files::add(&mut rows);
    senders::add(&mut rows);
    machines::add(&mut rows);
    rows.rows
}

/// What is made to hurt, A1–A30: mails and files that cost time or memory, each of another number.
pub fn hostile_mails() -> Vec<Vec<u8>> {
    let number = |id: &str| id[1..].parse::<u32>().unwrap();
    rows().into_iter().filter(|row| number(row.id) <= 30).flat_map(|row| row.mails).collect()
}

#[test]
fn every_input_of_the_list_ends_as_it_must_and_the_good_mail_after_it_is_a_case() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = county.start_captured().await;
        let (mut wrong, mut writers) = (Vec::new(), Vec::new());
        for (number, row) in rows().into_iter().enumerate() {
            let mut all = Vec::new();
            for (part, raw) in row.mails.iter().enumerate() {
                let uid = format!("{}-{number}-{part}", row.id);
                county.deliver(&uid, raw);
                settle(&app).await.unwrap_or_else(|error| panic!("{} {}: {error}", row.id, row.what));
                let mail = named(&app, &uid).await;
                assert!(
                    app.engine.store.raw_mail(mail.mail).await.unwrap().as_ref() == Some(raw),
                    "{uid} {}: the original is kept",
                    row.what
                );
                all.push(told(&app, &mail).await);
            }
            let told = all.join(" // ");
            if told != row.expected {
                wrong.push(format!("{} {}:\n    must: {}\n    told: {told}", row.id, row.what, row.expected));
            }
            // Answers may leave after an hour, so whoever wrote before counts too.
            writers.extend(row.mails.iter().map(|raw| first_sender(raw)));
            for letter in county.captured.take() {
                let to = letter.to.as_str();
                if to == OURS || !(to.ends_with(OWN_PEOPLE) || writers.iter().any(|from| from.contains(to))) {
                    wrong.push(format!("{} {}: a letter went to {to}", row.id, row.what));
                }
            }
            county.pass_seconds(60);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        county.deliver("good", &nomination(9_999));
        settle(&app).await.unwrap();
        assert_eq!(named(&app, "good").await.end, Some(EndState::CaseOpened));
        let mails = app.engine.store.mails(&MailFilter { limit: 10_000, ..MailFilter::default() }).await.unwrap();
        assert!(mails.iter().all(|mail| mail.end.is_some()), "every mail has its end");
        all_is_well(&app, "after all inputs").await;
    });
}

/// The first line that says who sent it, in lower case.
fn first_sender(raw: &[u8]) -> String {
    let head = String::from_utf8_lossy(&raw[..raw.len().min(8 << 10)]).to_lowercase();
    head.lines().find(|line| line.starts_with("from:")).unwrap_or_default().to_owned()
}

/// What is no mail, and the test that holds it: file under `tests/it`, and its name.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("A5", "badmail.rs", "a_mail_of_sixty_megabytes_waits_for_a_person_and_stays_whole_in_the_mailbox"),
    ("A5", "imap/odd.rs", "a_literal_that_lies_costs_no_memory_and_holds_up_no_other_mail"),
    ("A9", "imap/cut.rs", "new_numbers_between_any_two_commands_lose_and_double_nothing"),
    ("A10", "imap/people.rs", "whatever_colleagues_do_each_mail_is_stored_once_or_told_as_gone"),
    ("A11", "imap/people.rs", "whatever_colleagues_do_each_mail_is_stored_once_or_told_as_gone"),
    ("A12", "imap/people.rs", "whatever_colleagues_do_each_mail_is_stored_once_or_told_as_gone"),
    ("A12", "imap/odd.rs", "a_mail_that_was_gone_before_it_could_be_taken_in_is_told"),
    ("A13", "imap/odd.rs", "while_observing_nothing_in_the_mailbox_changes"),
    ("A14", "imap/cut.rs", "nor_does_one_to_a_server_that_can_only_copy"),
    ("A15", "imap/odd.rs", "a_refused_move_leaves_the_mail_in_place_and_known_and_is_told_after_an_hour"),
    ("A15", "imap/odd.rs", "a_throttled_request_waits_as_long_as_the_server_asks_and_nothing_is_lost"),
    ("A16", "imap/cut.rs", "a_connection_that_ends_after_any_byte_of_the_server_loses_and_doubles_nothing"),
    ("A16", "imap/odd.rs", "a_goodbye_at_any_command_is_no_answer"),
    ("A17", "imap/dovecot.rs", "an_access_token_signs_in_and_a_bad_one_is_told_without_repeating_it"),
    ("A17", "graph.rs", "a_refused_secret_is_told_by_microsofts_number_and_never_repeated"),
    ("A18", "crash.rs", "two_daemons_on_one_mailbox_and_one_store_do_nothing_twice"),
    ("A41", "threads.rs", "who_is_no_longer_on_a_case_cannot_answer_into_it"),
    ("A42", "threads.rs", "an_answer_joins_its_case_when_it_is_signed_for_its_sender_who_is_of_that_case"),
    ("A43", "threads.rs", "no_made_up_reference_changes_a_case"),
    ("A45", "threads.rs", "an_answer_joins_its_case_when_it_is_signed_for_its_sender_who_is_of_that_case"),
    ("A47", "answers.rs", "two_machines_that_answer_each_other_end_after_five_mails_a_day"),
    ("A48", "returned.rs", "a_letter_that_came_back_is_asked_about_once_and_changes_nothing_else"),
    ("A50", "returned.rs", "forged_bounces_change_nothing_and_ask_nobody"),
    ("A116", "crash.rs", "after_days_off_a_person_gets_one_digest_wherever_the_process_dies"),
    ("A117", "inputs.rs", "many_letters_at_once_leave_a_few_an_hour_and_each_once"),
    ("A126", "inputs.rs", "many_letters_at_once_leave_a_few_an_hour_and_each_once"),
    ("A118", "delivery.rs", "every_letter_arrives_and_is_repeated_only_after_an_unsure_end_with_the_same_message_id"),
    ("A119", "delivery.rs", "every_letter_arrives_and_is_repeated_only_after_an_unsure_end_with_the_same_message_id"),
    ("A120", "delivery.rs", "what_the_server_does_decides_whether_to_try_again"),
    ("A120", "desk.rs", "a_mail_server_that_cannot_be_reached_uses_up_no_try_and_a_person_knows_after_four_hours"),
    ("A126", "inputs.rs", "a_flood_of_letters_is_told_before_it_and_all_of_its_kind_are_dropped_by_one_act"),
    ("A125", "restored.rs", "a_backup_put_back_sends_nothing_again_until_a_person_has_said_so"),
    ("A121", "delivery.rs", "a_recipient_is_one_plain_address_or_refused_with_what_to_write"),
    ("A122", "letters.rs", "a_letter_with_a_gap_is_held"),
    ("A122", "letters.rs", "a_very_long_text_is_cut_and_holds_nothing_up"),
    ("A123", "recipients.rs", "no_letter_leaves_for_somebody_without_the_role_whatever_happens_while_it_waits"),
    ("A124", "delivery.rs", "a_server_that_cannot_be_trusted_gets_neither_the_letter_nor_the_password"),
];

#[test]
fn every_number_of_the_list_has_a_row_or_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (id, file, name) in ELSEWHERE {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains(&format!("fn {name}(")), "{id}: `{name}` is no test of {file} any more");
    }
    let held: BTreeSet<&str> = rows().iter().map(|row| row.id).chain(ELSEWHERE.iter().map(|(id, ..)| *id)).collect();
    let missing: Vec<String> =
        (1..=51).chain(116..=126).map(|number| format!("A{number}")).filter(|id| !held.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "nothing holds {missing:?}");
}

#[test]
fn many_letters_at_once_leave_a_few_an_hour_and_each_once() {
    const AN_HOUR: usize = 3;
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let limit = format!("hourly_max = {AN_HOUR}\nsender_name =");
        let county = County::with(&house, |text| text.replace("sender_name =", &limit)).await;
        let app = county.start_captured().await;
        for number in 0..4 {
            county.deliver(&format!("good-{number}"), &nomination(number));
        }
        let mut left = BTreeSet::new();
        let mut hours = 0;
        loop {
            settle(&app).await.unwrap();
            let sent = county.captured.take();
            assert!(sent.len() <= AN_HOUR, "{} letters left in hour {hours}", sent.len());
            if sent.is_empty() {
                break;
            }
            for letter in sent {
                let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
                assert!(left.insert(message.message_id().unwrap().to_owned()), "a letter left twice");
            }
            hours += 1;
            county.pass_seconds(3_601);
        }
        // An acknowledgement and a summary of each; whatever became due meanwhile went the same way.
        assert!(left.len() >= 8 && hours >= 3, "{} letters in {hours} hours", left.len());
        all_is_well(&app, "after the flood").await;
    });
}

#[test]
fn a_flood_of_letters_is_told_before_it_and_all_of_its_kind_are_dropped_by_one_act() {
    for_each_house(async |house| {
        let change = |text: String| {
            let text = text.replace("[contact]", "[contact]\nadministrator = \"it@council.example.org\"");
            text.replace("sender_name =", "hourly_max = 4\nsender_name =")
        };
        let county = County::with(house, change).await;
        let app = county.start_captured().await;
        let since = app.engine.ambient.now();
        // Nothing leaves yet: what is queued is what a mistake has queued.
        for number in 0..9 {
            county.deliver(&format!("good-{number}"), &nomination(number));
        }
        take_in(&app, &app.mailboxes[0]).await.unwrap();
        app.engine.take_next_mails(16).await.unwrap();
        assert!(flood::behind(&app).await.unwrap().is_some_and(|due| due >= 9));
        alarm::look(&app, since).await.unwrap();
        settle(&app).await.unwrap();
        let first: Vec<_> = county.captured.take().iter().map(|letter| letter.to.as_str().to_owned()).collect();
        assert!(first.contains(&"it@council.example.org".to_owned()), "told in the first hour, before the flood: {first:?}");
        let wish = LetterName::new("triage_summary").unwrap();
        let by = app.settings.people[0].address.clone();
        let settler =
            |because: Option<&str>| Settler { by: by.clone(), because: because.map(|text| Personal::new(text.to_owned())) };
        let refused = app.engine.handle_every(&wish, false, &settler(None)).await.unwrap_err();
        assert!(refused.to_string().contains("say why"), "{refused}");
        let dropped = app.engine.handle_every(&wish, false, &settler(Some("the rule was wrong"))).await.unwrap();
        assert!(dropped >= 5, "{dropped}");
        for _ in 0..6 {
            county.pass_seconds(3_601);
            settle(&app).await.unwrap();
        }
        let left = county.captured.take();
        let subjects = left.iter().map(|letter| String::from_utf8_lossy(&letter.message).into_owned());
        assert!(subjects.filter(|text| text.contains("to triage by")).count() == 0, "none of its kind leaves");
        assert!(left.len() >= 5, "what nobody dropped leaves: {}", left.len());
        assert!(flood::behind(&app).await.unwrap().is_none());
        all_is_well(&app, "after the flood").await;
    });
}
