//! Taking mails in, claiming them, ending them.

use std::collections::HashSet;

use focus_family::domain::ids::{CaseId, MailId};
use focus_family::store::{AuditEntry, ClaimedMail, Commit, EndState, Fate, MailEnd, MailFilter, NextClaim, StoreError};
use serde_json::json;

use super::samples::{CANARIES, ambient, arrival, at, claimed, draw, ended, mail_text, opened, opening, taken};
use crate::support::engines::{for_each_engine, for_each_house};

#[test]
fn the_bytes_of_a_mail_are_kept_exactly() {
    for_each_engine(async |store| {
        let texts = ["", "no header", "Subject: \0 and \u{fffd}\r\n\r\n\n\r\r\n", &mail_text("x").repeat(20_000)];
        let arrivals = texts.iter().enumerate().map(|(index, text)| arrival(&index.to_string(), text)).collect();
        let taken = store.take_in(arrivals, &ambient()).await.unwrap();
        for (taken, text) in taken.iter().zip(texts) {
            for _once_from_memory_once_from_disk in 0..2 {
                assert_eq!(store.raw_mail(taken.mail).await.unwrap().unwrap(), text.as_bytes());
            }
        }
        assert_eq!(store.raw_mail(MailId::from_random(draw())).await.unwrap(), None);
    });
}

#[test]
fn a_place_of_a_mailbox_is_taken_in_once_and_equal_numbers_elsewhere_are_other_places() {
    for_each_engine(async |store| {
        let first = store.take_in(vec![arrival("7", &mail_text("one"))], &ambient()).await.unwrap().remove(0);
        assert_eq!(first.fate, Fate::New);
        let again = store.take_in(vec![arrival("7", &mail_text("other bytes"))], &ambient()).await.unwrap().remove(0);
        assert_eq!((again.fate, again.mail, &again.receipt), (Fate::SameSlot, first.mail, &first.receipt));
        let mut others = [arrival("7", &mail_text("two")), arrival("7", &mail_text("three")), arrival("7", &mail_text("four"))];
        others[0].uid_validity = 2;
        others[1].mailbox = "Other".to_owned();
        others[2].account = "other".to_owned();
        for taken in store.take_in(others.to_vec(), &ambient()).await.unwrap() {
            assert_eq!(taken.fate, Fate::New);
        }
        let known = store.known_uids("team", "INBOX", 1, &["6".to_owned(), "7".to_owned()]).await.unwrap();
        assert_eq!(known, ["7"]);
    });
}

#[test]
fn the_same_mail_twice_is_two_rows_of_which_one_is_the_first() {
    for_each_engine(async |store| {
        let mail = mail_text("twice");
        let relayed = mail.replace("mx.example.org", "list.example.org");
        let batch = vec![
            arrival("1", &mail),
            arrival("2", &mail),
            arrival("3", &relayed),
            arrival("4", &mail_text("another")),
            arrival("1", &mail),
        ];
        let taken = store.take_in(batch, &ambient()).await.unwrap();
        let of = taken[0].mail;
        assert_eq!(
            taken.iter().map(|taken| taken.fate).collect::<Vec<_>>(),
            [Fate::New, Fate::SameBytes { of }, Fate::SameContent { of }, Fate::New, Fate::SameSlot]
        );
        let later = store.take_in(vec![arrival("5", &relayed)], &ambient()).await.unwrap();
        assert_eq!(later[0].fate, Fate::SameContent { of });
        let receipts: HashSet<_> = taken.iter().chain(&later).map(|taken| taken.receipt.clone()).collect();
        assert_eq!(receipts.len(), 5);
        assert!(receipts.iter().all(|receipt| receipt.len() == 10 && receipt.starts_with("FF-E-")), "{receipts:?}");
        assert_eq!(store.raw_mail(later[0].mail).await.unwrap().unwrap(), relayed.as_bytes());
        let flood = (10..40).map(|uid| arrival(&uid.to_string(), &mail_text("flood"))).collect();
        let flood = store.take_in(flood, &ambient()).await.unwrap();
        assert!(flood[1..].iter().all(|taken| taken.fate == Fate::SameBytes { of: flood[0].mail }));
    });
}

#[test]
fn a_mail_that_is_the_same_as_another_waits_for_the_other_to_end() {
    for_each_engine(async |store| {
        let mail = mail_text("twice");
        let taken = store.take_in(vec![arrival("1", &mail), arrival("2", &mail)], &ambient()).await.unwrap();
        let first = store.claim_mails("w", at(1), 60, 10).await.unwrap();
        assert_eq!(first.iter().map(|claimed| claimed.mail).collect::<Vec<_>>(), [taken[0].mail]);
        store.commit(Commit::of_mail(at(2), ended(&first[0], EndState::Automatic, None))).await.unwrap();
        let second = store.claim_mails("w", at(3), 60, 10).await.unwrap();
        assert_eq!((second[0].mail, second[0].same_as), (taken[1].mail, Some(taken[0].mail)));
    });
}

#[test]
fn two_daemons_that_take_the_same_mailbox_in_make_one_row_for_each_mail() {
    for_each_house(async |house| {
        let (one, two) = (house.open().await, house.open().await);
        for round in 0..5 {
            let batch: Vec<_> = (0..20).map(|n| arrival(&format!("{round}-{n}"), &mail_text(&format!("{round} {n}")))).collect();
            let mut turned = batch.clone();
            turned.reverse();
            let (left, right) = (ambient(), ambient());
            let (left, right) = tokio::join!(one.take_in(batch, &left), two.take_in(turned, &right));
            let both: Vec<_> = left.unwrap().into_iter().chain(right.unwrap()).collect();
            assert_eq!(both.iter().filter(|taken| taken.is_new_row()).count(), 20);
            assert_eq!(both.iter().map(|taken| taken.mail).collect::<HashSet<_>>().len(), 20);
        }
        assert_eq!(one.check(at(0)).await.unwrap(), []);
    });
}

#[test]
fn eight_workers_on_two_daemons_claim_each_mail_exactly_once() {
    for_each_house(async |house| {
        let stores = [house.open().await, house.open().await];
        let batch = (0..100).map(|n| arrival(&n.to_string(), &mail_text(&n.to_string()))).collect();
        stores[0].take_in(batch, &ambient()).await.unwrap();
        let workers = (0..8).map(|n| {
            let store = stores[n % 2].clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = store.claim_mails(&format!("worker-{n}"), at(1), 60, 3).await.unwrap();
                    if claimed.is_empty() {
                        return mine;
                    }
                    for claimed in claimed {
                        assert_eq!(claimed.attempts, 1);
                        store.commit(Commit::of_mail(at(2), ended(&claimed, EndState::Waiting, None))).await.unwrap();
                        mine.push(claimed.mail);
                    }
                }
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.unwrap());
        }
        assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (100, 100));
    });
}

#[test]
fn a_lapsed_claim_is_taken_over_and_the_old_holder_is_refused() {
    for_each_engine(async |store| {
        let stalled = claimed(&store, "1").await;
        assert!(store.claim_mails("worker-2", at(60), 60, 10).await.unwrap().is_empty());
        let taker = store.claim_mails("worker-2", at(61), 60, 10).await.unwrap().remove(0);
        assert_eq!((taker.mail, taker.attempts), (stalled.mail, 2));
        let id = CaseId::from_random(draw());
        let both = |claimed, end| Commit {
            mail: Some(ended(claimed, end, Some(id))),
            ..Commit::of_case(at(62), opening(id, "FF-2027-0001"))
        };
        let refusal = store.commit(both(&stalled, EndState::CaseOpened)).await.unwrap_err();
        assert!(matches!(refusal, StoreError::Fenced { .. }), "{refusal}");
        assert!(store.history(id).await.unwrap().is_empty());
        store.commit(both(&taker, EndState::CaseOpened)).await.unwrap();
        // Nobody ends it a second time, not even whoever ended it.
        let id = CaseId::from_random(draw());
        let again = Commit {
            mail: Some(ended(&taker, EndState::Attached, None)),
            ..Commit::of_case(at(63), opening(id, "FF-2027-0002"))
        };
        assert!(matches!(store.commit(again).await, Err(StoreError::Fenced { .. })));
    });
}

#[test]
fn the_next_mail_is_claimed_with_the_end_of_another_and_with_nothing_that_is_refused() {
    for_each_engine(async |store| {
        let text = mail_text("1");
        let arrivals = vec![arrival("1", &text), arrival("2", &text), arrival("3", &mail_text("3"))];
        let taken = store.take_in(arrivals, &ambient()).await.unwrap();
        let first = store.claim_mails("w", at(1), 60, 1).await.unwrap().remove(0);
        let claim = Some(NextClaim { worker: "w".to_owned(), lease_seconds: 60 });
        let end_of =
            |claimed, now| Commit { claim: claim.clone(), ..Commit::of_mail(at(now), ended(claimed, EndState::Waiting, None)) };
        let stale = ClaimedMail { epoch: first.epoch + 1, ..first.clone() };
        assert!(matches!(store.commit(end_of(&stale, 2)).await, Err(StoreError::Fenced { .. })));
        // Each in its turn and at its first try, also the one that waited for the end of the first: it is the same mail.
        let second = store.commit(end_of(&first, 3)).await.unwrap().claimed.unwrap();
        let third = store.commit(end_of(&second, 4)).await.unwrap().claimed.unwrap();
        assert_eq!((second.attempts, third.attempts), (1, 1));
        let claimed: HashSet<MailId> = [&first, &second, &third].map(|one| one.mail).into();
        assert_eq!(claimed, taken.iter().map(|one| one.mail).collect());
        // It is held as any claimed mail, and lapses as one.
        assert!(store.claim_mails("other", at(63), 60, 10).await.unwrap().is_empty());
        let taker = store.claim_mails("other", at(64), 60, 10).await.unwrap().remove(0);
        assert_eq!((taker.mail, taker.attempts), (third.mail, 2));
        assert!(matches!(store.commit(end_of(&third, 65)).await, Err(StoreError::Fenced { .. })));
        assert_eq!(store.commit(end_of(&taker, 66)).await.unwrap().claimed, None);
    });
}

#[test]
fn after_three_tries_a_mail_is_set_aside_for_a_person() {
    for_each_engine(async |store| {
        let mail = taken(&store, "1").await;
        for attempt in 1..=3_u32 {
            let now = at(i64::from(attempt) * 100);
            assert!(store.poisoned_mails("w", now, 60).await.unwrap().is_empty());
            assert_eq!(store.claim_mails("w", now, 60, 10).await.unwrap()[0].attempts, attempt);
        }
        // While the third try may still be at work nobody is disturbed.
        assert!(store.poisoned_mails("w", at(350), 60).await.unwrap().is_empty());
        assert!(store.claim_mails("w", at(400), 60, 10).await.unwrap().is_empty());
        let poisoned = store.poisoned_mails("w", at(400), 60).await.unwrap();
        assert_eq!(poisoned.iter().map(|claimed| claimed.mail).collect::<Vec<_>>(), [mail]);
        store.commit(Commit::of_mail(at(401), ended(&poisoned[0], EndState::Waiting, None))).await.unwrap();
        assert!(store.poisoned_mails("w", at(900), 60).await.unwrap().is_empty());
    });
}

#[test]
fn a_mail_given_back_has_not_used_up_a_try() {
    for_each_engine(async |store| {
        let claimed = claimed(&store, "1").await;
        store.give_back_mail(claimed.mail, claimed.epoch).await.unwrap();
        let again = store.claim_mails("w", at(2), 60, 10).await.unwrap().remove(0);
        assert_eq!(again.attempts, 1);
        assert!(matches!(store.give_back_mail(claimed.mail, claimed.epoch).await, Err(StoreError::Fenced { .. })));
    });
}

#[test]
fn a_waiting_mail_may_be_settled_by_a_person_once() {
    for_each_engine(async |store| {
        let claimed = claimed(&store, "1").await;
        store.commit(Commit::of_mail(at(2), ended(&claimed, EndState::Waiting, None))).await.unwrap();
        let row = store.mail(claimed.mail).await.unwrap().unwrap();
        let case = opened(&store, "FF-2027-0001").await;
        let settle = |end| MailEnd {
            mail: row.mail,
            epoch: row.epoch,
            end,
            kind: "update".to_owned(),
            reason: None,
            case: Some(case),
            intake: None,
        };
        store.commit(Commit::of_mail(at(3), settle(EndState::Attached))).await.unwrap();
        assert!(matches!(store.commit(Commit::of_mail(at(4), settle(EndState::Request))).await, Err(StoreError::Fenced { .. })));
        let row = store.mail(claimed.mail).await.unwrap().unwrap();
        assert_eq!((row.end, row.case, row.kind.as_deref()), (Some(EndState::Attached), Some(case), Some("update")));
        // What was read stays, and the key of the mail now hangs on the key of the case.
        assert!(store.raw_mail(row.mail).await.unwrap().is_some());
        assert_eq!(store.intake(row.mail).await.unwrap(), Some(json!({ "family_name": CANARIES[0] })));
        assert_eq!(store.raw_mail(row.mail).await.unwrap().unwrap(), mail_text("1").as_bytes());
    });
}

#[test]
fn lists_show_what_waits_what_has_no_end_and_what_was_not_moved() {
    for_each_engine(async |store| {
        let (one, two) = (claimed(&store, "1").await, claimed(&store, "2").await);
        let end = MailEnd { reason: Some("no form in it".to_owned()), ..ended(&one, EndState::Waiting, None) };
        store.commit(Commit::of_mail(at(2), end)).await.unwrap();
        let listed =
            async |filter: MailFilter| store.mails(&filter).await.unwrap().into_iter().map(|row| row.mail).collect::<Vec<_>>();
        assert_eq!(listed(MailFilter { end: Some(EndState::Waiting), ..MailFilter::default() }).await, [one.mail]);
        assert_eq!(listed(MailFilter { unended: true, ..MailFilter::default() }).await, [two.mail]);
        assert_eq!(listed(MailFilter { kind: Some("nomination".to_owned()), ..MailFilter::default() }).await, [one.mail]);
        assert_eq!(listed(MailFilter::default()).await.len(), 2);
        assert_eq!(store.mail(one.mail).await.unwrap().unwrap().reason.as_deref(), Some("no form in it"));
        assert_eq!(store.mail_by_receipt(&two.receipt).await.unwrap().unwrap().mail, two.mail);
        assert_eq!(store.unended_older_than(at(301), 300).await.unwrap()[0].mail, two.mail);
        assert!(store.unended_older_than(at(300), 300).await.unwrap().is_empty());
        store.mark_moved(&[one.mail]).await.unwrap();
        let unmoved = store.unmoved_mails("team").await.unwrap();
        assert_eq!(unmoved.iter().map(|row| (row.mail, row.uid.as_str())).collect::<Vec<_>>(), [(two.mail, "2")]);
        assert!(store.unmoved_mails("other").await.unwrap().is_empty());
    });
}

#[test]
fn a_look_is_recorded_in_the_chain_beside_the_events() {
    for_each_engine(async |store| {
        let case = opened(&store, "FF-2027-0001").await;
        let entry = AuditEntry {
            by: CANARIES[2].into(),
            action: "viewed_case".to_owned(),
            case: Some(case),
            mail: None,
            detail: json!({"page": "timeline"}),
        };
        store.commit(Commit { audit: vec![entry.clone()], ..Commit::at(at(5)) }).await.unwrap();
        assert_eq!(store.audit(at(5)).await.unwrap(), [(at(5), entry)]);
        assert!(store.audit(at(6)).await.unwrap().is_empty());
        assert_eq!(store.history(case).await.unwrap().len(), 2);
        assert_eq!(store.verify_chain().await.unwrap().events, 3);
    });
}
