//! Letters, digests, the worklist, leases and notes.

use focus_family::domain::ids::LetterId;
use focus_family::store::{
    AnswerPace, Answered, Commit, LetterClaim, LetterFilter, LetterState, NewLetter, StoreError, TaskFilter,
};

use super::samples::{CANARIES, at, claimed, content, letter, opened, task};
use crate::support::engines::{for_each_engine, for_each_house};

async fn queued(store: &focus_family::store::Store, letters: Vec<NewLetter>) {
    store.commit(Commit { letters, ..Commit::at(at(3)) }).await.unwrap();
}

#[test]
fn a_letter_comes_out_of_the_queue_as_it_went_in_whoever_it_belongs_to() {
    for_each_house(async |house| {
        let store = house.open().await;
        let case = opened(&store, "FF-2027-0001").await;
        let mail = claimed(&store, "1").await;
        let letters =
            vec![letter("of-case", Some(case), None), letter("of-mail", None, Some(mail.mail)), letter("of-nobody", None, None)];
        queued(&store, letters.clone()).await;
        // Another daemon, which has no key at hand yet.
        let other = house.open().await;
        let mut sent = other.claim_letters("w", at(4), 60, 10).await.unwrap();
        sent.sort_by(|one, two| one.key.cmp(&two.key));
        for (sent, letter) in sent.iter().zip([&letters[0], &letters[1], &letters[2]]) {
            assert_eq!(
                (&sent.recipient, &sent.content, &sent.in_reply_to),
                (&letter.recipient, &letter.content, &letter.in_reply_to)
            );
            assert_eq!((&sent.message_id, sent.attempts, sent.interrupted), (&letter.message_id, 1, false));
        }
        assert_eq!(sent[0].reference.as_ref().unwrap().as_str(), "FF-2027-0001");
        assert_eq!(sent[1].reference, None);
    });
}

#[test]
fn a_letter_is_sent_once_and_a_stalled_sender_is_refused() {
    for_each_engine(async |store| {
        queued(&store, vec![letter("a", None, None)]).await;
        let stalled = store.claim_letters("w1", at(4), 60, 10).await.unwrap().remove(0);
        assert!(store.claim_letters("w2", at(63), 60, 10).await.unwrap().is_empty());
        let taker = store.claim_letters("w2", at(64), 60, 10).await.unwrap().remove(0);
        assert_eq!((taker.attempts, taker.interrupted), (2, true));
        assert_eq!(taker.message_id, stalled.message_id);
        assert!(matches!(store.letter_sent(stalled.id, stalled.epoch, at(65), "250").await, Err(StoreError::Fenced { .. })));
        store.letter_sent(taker.id, taker.epoch, at(65), "250 queued for someone").await.unwrap();
        assert!(matches!(store.letter_sent(taker.id, taker.epoch, at(66), "250").await, Err(StoreError::Fenced { .. })));
        assert!(store.claim_letters("w3", at(9999), 60, 10).await.unwrap().is_empty());
        assert_eq!(store.letter_reply(taker.id).await.unwrap().as_deref(), Some("250 queued for someone"));
    });
}

#[test]
fn the_end_of_one_letter_and_the_claim_of_the_next_are_one_commit_and_each_holds_by_itself() {
    for_each_engine(async |store| {
        queued(&store, vec![letter("a", None, None), letter("b", None, None), letter("c", None, None)]).await;
        let due = store.due_letters(at(4), 10, None).await.unwrap();
        assert_eq!((due.len(), store.due_letters(at(4), 2, None).await.unwrap().len()), (3, 2));
        let claim = |id, worker, seconds| LetterClaim { id, worker, now: at(seconds), lease_seconds: 60 };
        let first = store.claim_letter(claim(due[0], "w1", 4)).await.unwrap().unwrap();
        assert!(store.claim_letter(claim(due[0], "w2", 5)).await.unwrap().is_none(), "it is held");
        assert_eq!(store.due_letters(at(5), 10, None).await.unwrap(), due[1..]);
        let (held, second) =
            store.letter_sent_and_next((first.id, first.epoch), at(6), "250", claim(due[1], "w1", 6)).await.unwrap();
        let second = second.unwrap();
        assert!(held);
        assert_eq!((second.id, second.attempts), (due[1], 1));
        assert_eq!(store.letter_reply(first.id).await.unwrap().as_deref(), Some("250"));
        // Somebody else has taken the second over meanwhile: its end is refused, and the third is ours all the same.
        store.claim_letter(claim(due[1], "w2", 70)).await.unwrap().unwrap();
        let (held, third) =
            store.letter_sent_and_next((second.id, second.epoch), at(71), "250", claim(due[2], "w1", 71)).await.unwrap();
        assert!(!held);
        let third = third.unwrap();
        // One that somebody else holds is not claimed with the end of another.
        let (held, none) =
            store.letter_sent_and_next((third.id, third.epoch), at(72), "250", claim(due[1], "w1", 72)).await.unwrap();
        assert!(held && none.is_none());
        assert_eq!(store.due_letters(at(9999), 10, None).await.unwrap(), [due[1]]);
    });
}

#[test]
fn digests_are_gathered_together_and_none_of_them_when_one_cannot_be() {
    for_each_engine(async |store| {
        let gathered = |key: &str| NewLetter { gathered: true, automatic_answer: false, ..letter(key, None, None) };
        let rows = vec![gathered("a"), gathered("b"), gathered("c")];
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        queued(&store, rows).await;
        let digest = |key: &str, rows: &[LetterId]| (rows.to_vec(), letter(key, None, None));
        let twice = [digest("digest-1", &ids[..2]), digest("digest-2", &ids[1..])];
        assert!(matches!(store.gather_all(&twice, at(5)).await, Err(StoreError::Fenced { .. })), "`b` can go into one alone");
        assert_eq!(store.reminders_to_gather(at(5)).await.unwrap().len(), 3, "nothing was gathered");
        assert!(store.due_letters(at(5), 10, None).await.unwrap().is_empty(), "and no digest queued");
        let (first, second) = (digest("digest-1", &ids[..2]), digest("digest-2", &ids[2..]));
        let of = [first.1.id, second.1.id];
        store.gather_all(&[first, second], at(6)).await.unwrap();
        let lines = store.gathered_into(&of).await.unwrap();
        let into: std::collections::BTreeMap<_, _> = lines.iter().map(|line| (line.id, line.gathered_into)).collect();
        assert_eq!(into, [(ids[0], Some(of[0])), (ids[1], Some(of[0])), (ids[2], Some(of[1]))].into());
        assert_eq!(store.due_letters(at(6), 10, None).await.unwrap().len(), 2);
        store.gather_all(&[], at(7)).await.unwrap();
    });
}

#[test]
fn letters_wait_for_their_time_and_come_in_the_order_they_are_due() {
    for_each_engine(async |store| {
        let mut later = letter("later", None, None);
        later.not_before = Some(at(100));
        let mut soon = letter("soon", None, None);
        soon.not_before = Some(at(50));
        queued(&store, vec![later, soon]).await;
        assert!(store.claim_letters("w", at(49), 60, 10).await.unwrap().is_empty());
        let due = store.claim_letters("w", at(100), 60, 1).await.unwrap().remove(0);
        assert_eq!(due.key, "soon");
        store.letter_deferred(due.id, due.epoch, at(200), "450 4.2.0").await.unwrap();
        let due = store.claim_letters("w", at(199), 60, 10).await.unwrap().remove(0);
        assert_eq!(due.key, "later");
        store.letter_unsure(due.id, due.epoch, at(199), "cut after the last byte").await.unwrap();
        let listed = store.letters(&LetterFilter { state: Some(LetterState::Unsure), ..LetterFilter::default() }).await.unwrap();
        assert_eq!((listed[0].key.as_str(), listed[0].reason.as_deref()), ("later", Some("cut after the last byte")));
        assert_eq!(store.claim_letters("w", at(200), 60, 10).await.unwrap()[0].key, "soon");
        let again = store.claim_letters("w", at(199 + 900), 60, 10).await.unwrap();
        assert!(again.iter().any(|letter| letter.key == "later" && letter.interrupted));
    });
}

#[test]
fn held_dropped_and_failed_letters_do_not_go_out_until_a_person_says_so() {
    for_each_engine(async |store| {
        queued(&store, ["held", "dropped", "failed"].map(|key| letter(key, None, None)).to_vec()).await;
        for letter in store.claim_letters("w", at(4), 60, 10).await.unwrap() {
            match letter.key.as_str() {
                "held" => store.letter_held(letter.id, letter.epoch, at(5), "observing").await.unwrap(),
                "dropped" => store.letter_dropped(letter.id, letter.epoch, at(5), "no longer the keyworker").await.unwrap(),
                _ => store.letter_failed(letter.id, letter.epoch, at(5), "550 5.1.1").await.unwrap(),
            }
        }
        assert!(store.claim_letters("w", at(9999), 60, 10).await.unwrap().is_empty());
        for row in store.letters(&LetterFilter::default()).await.unwrap() {
            assert!(!store.send_alone(row.id, at(9)).await.unwrap(), "no program lets it go: {}", row.key);
        }
        assert!(store.claim_letters("w", at(9999), 60, 10).await.unwrap().is_empty());
        for row in store.letters(&LetterFilter::default()).await.unwrap() {
            store.release_letter(row.id, at(10)).await.unwrap();
        }
        let released = store.claim_letters("w", at(10), 60, 10).await.unwrap();
        let mut keys: Vec<_> = released.iter().map(|letter| (letter.key.as_str(), letter.attempts)).collect();
        keys.sort_unstable();
        assert_eq!(keys, [("failed", 1), ("held", 1)]);
        assert!(!store.discard_letter(released[0].id, at(11), "not needed").await.unwrap(), "somebody is sending it");
    });
}

#[test]
fn what_waits_for_a_digest_goes_out_in_one_letter_once() {
    for_each_engine(async |store| {
        let gathered = |key| NewLetter { gathered: true, automatic_answer: false, ..letter(key, None, None) };
        let answer = NewLetter { gathered: true, ..letter("answer", None, None) };
        queued(&store, vec![gathered("one"), gathered("two"), answer]).await;
        assert!(store.claim_letters("w", at(4), 60, 10).await.unwrap().is_empty());
        let waiting = store.reminders_to_gather(at(4)).await.unwrap();
        assert_eq!(waiting.iter().map(|letter| letter.recipient.as_text()).collect::<Vec<_>>(), [CANARIES[2], CANARIES[2]]);
        let ids: Vec<_> = waiting.iter().map(|letter| letter.id).collect();
        store.gather(&ids, letter("digest-1", None, None), at(5)).await.unwrap();
        for again in ["digest-1", "digest-2"] {
            let refusal = store.gather(&ids, letter(again, None, None), at(6)).await.unwrap_err();
            assert!(matches!(refusal, StoreError::Fenced { .. }), "{refusal}");
        }
        let sent = store.claim_letters("w", at(9), 60, 10).await.unwrap();
        assert_eq!(sent.iter().map(|letter| letter.key.as_str()).collect::<Vec<_>>(), ["digest-1"]);
        let rows = store.letters(&LetterFilter { state: Some(LetterState::Gathered), ..LetterFilter::default() }).await.unwrap();
        assert!(rows.len() == 2 && rows.iter().all(|row| row.gathered_into == Some(sent[0].id)));
    });
}

#[test]
fn who_may_be_answered_now_is_found_without_opening_what_waits() {
    for_each_engine(async |store| {
        let case = opened(&store, "FF-2027-0001").await;
        let to = |address: &str, key: &str, case| NewLetter { recipient: address.into(), ..letter(key, case, None) };
        let waits = |address: &str, key: &str, case| NewLetter { gathered: true, ..to(address, key, case) };
        let went = |address: &str, key: &str, second| NewLetter { not_before: Some(at(second)), ..to(address, key, None) };
        let mut rows = vec![
            waits("free@example.org", "f1", None),
            waits("free@example.org", "f2", None),
            waits("lately@example.org", "l1", None),
            went("lately@example.org", "l0", 90),
            waits("proven@example.org", "p1", Some(case)),
            NewLetter { not_before: Some(at(101)), ..waits("later@example.org", "not-due", None) },
        ];
        for (address, count) in [("five@example.org", 5), ("four@example.org", 4)] {
            rows.push(waits(address, &format!("{address}-w"), None));
            rows.extend((0..count).map(|index| went(address, &format!("{address}{index}"), 10 + index)));
        }
        store.commit(Commit { letters: rows, ..Commit::at(at(3)) }).await.unwrap();
        let newer = vec![waits("newer@example.org", "n1", None)];
        store.commit(Commit { letters: newer, ..Commit::at(at(4)) }).await.unwrap();
        let pace = AnswerPace { none_since: at(80), fewer_since: at(5), most: 5 };
        let mark = |address: &str| store.recipient_fingerprint(&address.into()).to_vec();
        let found = store.addresses_to_answer(Answered::Unproven, at(100), pace, 9).await.unwrap();
        let mut oldest = vec![mark("free@example.org"), mark("four@example.org")];
        oldest.sort_unstable();
        assert_eq!(found, [oldest.clone(), vec![mark("newer@example.org")]].concat(), "who has waited longest comes first");
        let first = store.addresses_to_answer(Answered::Unproven, at(100), pace, 1).await.unwrap();
        assert_eq!(first, oldest[..1]);
        let proven = store.addresses_to_answer(Answered::Proven, at(100), pace, 9).await.unwrap();
        assert_eq!(proven, [mark("proven@example.org")]);
        let free = store.answers_to(&mark("free@example.org"), Answered::Unproven, at(100), 9).await.unwrap();
        assert_eq!(free.len(), 2);
        assert_eq!(store.answers_to(&mark("free@example.org"), Answered::Unproven, at(100), 1).await.unwrap().len(), 1);
        assert!(store.answers_wait(Answered::Proven, at(100)).await.unwrap());
        assert!(!store.answers_wait(Answered::Proven, at(2)).await.unwrap(), "it is not due yet");
    });
}

#[test]
fn automatic_answers_are_counted_by_address_whatever_its_capitals() {
    for_each_engine(async |store| {
        let mut other = letter("other", None, None);
        other.recipient = "someone.else@example.org".into();
        let mut asked = letter("asked", None, None);
        asked.automatic_answer = false;
        let mut capitals = letter("capitals", None, None);
        capitals.recipient = CANARIES[2].to_uppercase().into();
        queued(&store, vec![letter("a", None, None), other, asked, capitals]).await;
        let mark = store.recipient_fingerprint(&CANARIES[2].into());
        assert_eq!(store.count_automatic_answers(&mark, at(3)).await.unwrap(), 2);
        assert_eq!(store.count_automatic_answers(&mark, at(4)).await.unwrap(), 0);
        assert_eq!(store.count_sent(at(3), None).await.unwrap(), 0, "queued is not sent");
        let claimed = store.claim_letters("worker", at(4), 60, 2).await.unwrap();
        store.letter_sent(claimed[0].id, claimed[0].epoch, at(5), "250 ok").await.unwrap();
        store.letter_unsure(claimed[1].id, claimed[1].epoch, at(5), "connection lost").await.unwrap();
        assert_eq!(store.count_sent(at(3), None).await.unwrap(), 1, "what may have left is not known to have");
        assert_eq!(store.count_sent(at(6), None).await.unwrap(), 0);
    });
}

#[test]
fn an_answer_finds_its_case_by_the_message_id_of_our_letter() {
    for_each_engine(async |store| {
        let case = opened(&store, "FF-2027-0001").await;
        queued(&store, vec![letter("ack", Some(case), None), letter("receipt", None, None)]).await;
        let find = async |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            store.cases_of_message_ids(&ids).await.unwrap()
        };
        assert_eq!(find(&["<foreign@example.org>", "<ack@example.org>"]).await, [case]);
        assert_eq!(find(&["<receipt@example.org>"]).await, []);
        assert_eq!(find(&[]).await, []);
        assert_eq!(store.letter_with_message_id("<ack@example.org>").await.unwrap().unwrap().case, Some(case));
        let id = store.letter_with_message_id("<ack@example.org>").await.unwrap().unwrap().id;
        assert_eq!(store.letter(id).await.unwrap().unwrap().content, content("FF-2027-0001: received"));
    });
}

#[test]
fn a_worklist_item_is_opened_once_and_closed_once_and_it_is_known_by_whom() {
    for_each_engine(async |store| {
        let case = opened(&store, "FF-2027-0001").await;
        for _ in 0..2 {
            store.commit(Commit { tasks: vec![task("look", Some(case), None)], ..Commit::at(at(3)) }).await.unwrap();
        }
        let open = store.tasks(&TaskFilter::default()).await.unwrap();
        assert_eq!((open.len(), open[0].reference.as_ref().unwrap().as_str()), (1, "FF-2027-0001"));
        let close = async || store.close_task(open[0].id, CANARIES[0].into(), Some(CANARIES[3].into()), at(4)).await.unwrap();
        assert!(close().await);
        assert!(!close().await);
        assert!(store.tasks(&TaskFilter { case: Some(case), ..TaskFilter::default() }).await.unwrap().is_empty());
        let all = TaskFilter { closed_too: true, ..TaskFilter::default() };
        assert_eq!(store.tasks(&all).await.unwrap()[0].closed_at, Some(at(4)));
        let audit = store.audit(at(0)).await.unwrap();
        assert_eq!((audit.len(), audit[0].1.action.as_str(), audit[0].1.by.as_text()), (1, "closed_task", CANARIES[0]));
    });
}

#[test]
fn a_lease_has_one_holder_and_its_epoch_grows() {
    for_each_engine(async |store| {
        let one = store.acquire_lease("mailbox", "w1", at(0), 60).await.unwrap().unwrap();
        assert_eq!(store.acquire_lease("mailbox", "w2", at(59), 60).await.unwrap(), None);
        assert!(store.acquire_lease("digest", "w2", at(59), 60).await.unwrap().is_some());
        store.renew_lease("mailbox", one, at(59), 60).await.unwrap();
        assert_eq!(store.acquire_lease("mailbox", "w2", at(118), 60).await.unwrap(), None);
        let two = store.acquire_lease("mailbox", "w2", at(119), 60).await.unwrap().unwrap();
        assert!(two > one);
        assert!(matches!(store.renew_lease("mailbox", one, at(120), 60).await, Err(StoreError::Fenced { .. })));
        store.release_lease("mailbox", one).await.unwrap();
        assert_eq!(store.acquire_lease("mailbox", "w3", at(120), 60).await.unwrap(), None);
        store.release_lease("mailbox", two).await.unwrap();
        assert!(store.acquire_lease("mailbox", "w3", at(120), 60).await.unwrap().is_some());
    });
}

#[test]
fn a_note_holds_what_was_written_last() {
    for_each_engine(async |store| {
        assert_eq!(store.get_note("last_sweep").await.unwrap(), None);
        for value in ["1", "2"] {
            store.set_note("last_sweep", value).await.unwrap();
        }
        assert_eq!(store.get_note("last_sweep").await.unwrap().as_deref(), Some("2"));
        for (name, old, new, changed) in [
            ("last_sweep", None, "3", false),
            ("last_sweep", Some("1"), "3", false),
            ("last_sweep", Some("2"), "3", true),
            ("flights", Some("1"), "3", false),
            ("flights", None, "3", true),
        ] {
            assert_eq!(store.change_note(name, old, new).await.unwrap(), changed, "{name} from {old:?}");
        }
        let [unknown, flights, sweep] = store.get_notes(["nobody_wrote_it", "flights", "last_sweep"]).await.unwrap();
        assert_eq!((unknown, flights.as_deref(), sweep.as_deref()), (None, Some("3"), Some("3")), "each in its own place");
    });
}
