//! Commits and what can be read back.

use focus_family::domain::ids::{CaseId, CaseReference};
use focus_family::store::{CaseFilter, CaseKey, Commit, EndState, MailFilter, StoreError};

use super::samples::{at, claimed, draw, ended, letter, moved, opened, opening, stage_entered, task, timer};
use crate::support::engines::{for_each_engine, for_each_house};

fn reference(text: &str) -> CaseReference {
    text.parse().unwrap()
}

#[test]
fn a_decision_is_stored_whole_and_read_back_as_it_was() {
    for_each_engine(async |store| {
        let mail = claimed(&store, "1").await;
        let id = CaseId::from_random(draw());
        let write = opening(id, "FF-2027-0001");
        let committed = store
            .commit(Commit {
                letters: vec![letter("ack", Some(id), None), letter("receipt", None, Some(mail.mail))],
                tasks: vec![task("look", Some(id), None)],
                mail: Some(ended(&mail, EndState::CaseOpened, Some(id))),
                ..Commit::of_case(at(2), write.clone())
            })
            .await
            .unwrap();
        assert_eq!((committed.version, committed.duplicate_letters), (2, vec![]));
        for key in [CaseKey::Id(id), CaseKey::Reference(reference("FF-2027-0001"))] {
            assert_eq!(store.load_case(&key).await.unwrap().unwrap().case, write.state);
        }
        let history = store.history(id).await.unwrap();
        assert_eq!(history.iter().map(|event| (event.version, event.at)).collect::<Vec<_>>(), [(1, at(2)), (2, at(2))]);
        assert_eq!(history[1].event, write.events[1]);
        let row = store.mail(mail.mail).await.unwrap().unwrap();
        assert_eq!(
            (row.end, row.case, row.reference.clone()),
            (Some(EndState::CaseOpened), Some(id), Some(reference("FF-2027-0001")))
        );
        let listed = store.cases(&CaseFilter::default()).await.unwrap();
        assert_eq!((listed.len(), listed[0].id, listed[0].next_due_on), (1, id, write.summary.next_due_on));
        assert_eq!(store.mails(&MailFilter { case: Some(id), ..MailFilter::default() }).await.unwrap(), [row]);
        assert_eq!(store.due_timers(at(1000), 10).await.unwrap().len(), 1);
        assert_eq!(store.next_timer_due_at().await.unwrap(), Some(at(1000)));
        assert_eq!(store.claim_letters("w", at(3), 60, 10).await.unwrap().len(), 2);
    });
}

#[test]
fn of_two_decisions_on_one_version_the_second_is_refused_and_leaves_nothing() {
    for_each_engine(async |store| {
        let id = opened(&store, "FF-2027-0001").await;
        store.commit(Commit::of_case(at(3), moved(id, "FF-2027-0001", 2, "allocated"))).await.unwrap();
        let late = Commit {
            letters: vec![letter("late", Some(id), None)],
            tasks: vec![task("late", Some(id), None)],
            ..Commit::of_case(at(4), moved(id, "FF-2027-0001", 2, "closed"))
        };
        let refusal = store.commit(late).await.unwrap_err();
        assert!(matches!(refusal, StoreError::Conflict { case, expected_version: 2 } if case == id), "{refusal}");
        assert_eq!(store.history(id).await.unwrap().len(), 3);
        assert_eq!(store.load_case(&CaseKey::Id(id)).await.unwrap().unwrap().case.stage.as_str(), "allocated");
        assert!(store.claim_letters("w", at(9), 60, 10).await.unwrap().is_empty());
        assert_eq!(store.verify_chain().await.unwrap().first_bad, None);
    });
}

#[test]
fn two_programs_that_write_in_turns_each_find_the_end_of_the_chain() {
    for_each_house(async |house| {
        let (one, other) = (house.open().await, house.open().await);
        let (first, second) = (opened(&one, "FF-2027-0001").await, opened(&other, "FF-2027-0002").await);
        let decision = |id, reference, version| Commit::of_case(at(5), moved(id, reference, version, "allocated"));
        for version in 2..5 {
            one.commit(decision(first, "FF-2027-0001", version)).await.unwrap();
            other.commit(decision(second, "FF-2027-0002", version)).await.unwrap();
        }
        other.commit(decision(first, "FF-2027-0001", 5)).await.unwrap();
        let refusal = one.commit(decision(first, "FF-2027-0001", 5)).await.unwrap_err();
        assert!(matches!(refusal, StoreError::Conflict { case, expected_version: 5 } if case == first), "{refusal}");
        let both = || vec![decision(first, "FF-2027-0001", 6), decision(second, "FF-2027-0002", 5)];
        one.commit_all(both()).await.unwrap();
        let refusal = other.commit_all(both()).await.unwrap_err();
        assert!(matches!(refusal, StoreError::Conflict { .. }), "{refusal}");
        assert_eq!((one.history(first).await.unwrap().len(), other.history(second).await.unwrap().len()), (7, 6));
        let told = other.verify_chain().await.unwrap();
        assert_eq!((told.events, told.first_bad), (13, None));
    });
}

#[test]
fn decisions_about_several_cases_are_written_together_or_not_at_all() {
    for_each_engine(async |store| {
        store.watch();
        let (one, other) = (opened(&store, "FF-2027-0001").await, opened(&store, "FF-2027-0002").await);
        let mut follower = focus_family::store::Follower::default();
        store.follow(&mut follower).await.unwrap();
        let decision = |id, reference, version, key| Commit {
            letters: vec![letter(key, Some(id), None)],
            ..Commit::of_case(at(5), moved(id, reference, version, "allocated"))
        };
        let both = vec![decision(one, "FF-2027-0001", 2, "a"), decision(other, "FF-2027-0002", 2, "b")];
        store.commit_all(both).await.unwrap();
        let seen: Vec<_> = store.follow(&mut follower).await.unwrap().iter().map(|row| (row.case, row.version, row.at)).collect();
        assert_eq!(seen, [(one, 3, at(5)), (other, 3, at(5))]);
        let third = opened(&store, "FF-2027-0003").await;
        let late = vec![decision(third, "FF-2027-0003", 2, "c"), decision(one, "FF-2027-0001", 2, "d")];
        let refusal = store.commit_all(late).await.unwrap_err();
        assert!(matches!(refusal, StoreError::Conflict { case, .. } if case == one), "{refusal}");
        let version = async |id| store.load_case(&CaseKey::Id(id)).await.unwrap().unwrap().case.version;
        assert_eq!((version(one).await, version(other).await, version(third).await), (3, 3, 2));
        assert_eq!(store.claim_letters("w", at(9), 60, 10).await.unwrap().len(), 2, "no letter of what was refused");
        assert_eq!(store.verify_chain().await.unwrap().first_bad, None);
        let loaded = store.load_cases(&[one, third, CaseId::from_random(draw())]).await.unwrap();
        assert_eq!(loaded.keys().copied().collect::<std::collections::BTreeSet<_>>(), [one, third].into());
    });
}

#[test]
fn a_watched_store_tells_of_a_transaction_that_leaves_an_open_case_without_a_next_dated_action() {
    for_each_engine(async |store| {
        store.watch();
        let id = opened(&store, "FF-2027-0001").await;
        assert_eq!(store.witnessed(), [], "a timer runs");
        assert_eq!(store.adrift().await.unwrap(), []);
        let mut write = moved(id, "FF-2027-0001", 2, "allocated");
        write.summary.owner_role = None;
        store.commit(Commit::of_case(at(3), write)).await.unwrap();
        let seen = store.witnessed();
        assert_eq!(seen.iter().map(|seen| (seen.reference.as_str(), seen.at)).collect::<Vec<_>>(), [("FF-2027-0001", at(3))]);
        assert_eq!(store.adrift().await.unwrap(), [reference("FF-2027-0001")]);
        assert_eq!(store.witnessed(), [], "each is told once");
    });
}

#[test]
fn a_reference_is_given_once() {
    for_each_engine(async |store| {
        opened(&store, "FF-2027-0001").await;
        assert!(store.reference_exists(&reference("FF-2027-0001")).await.unwrap());
        let refusal =
            store.commit(Commit::of_case(at(3), opening(CaseId::from_random(draw()), "FF-2027-0001"))).await.unwrap_err();
        assert!(matches!(refusal, StoreError::ReferenceTaken { .. }), "{refusal}");
        opened(&store, "FF-2027-0002").await;
        assert_eq!(store.cases(&CaseFilter::default()).await.unwrap().len(), 2);
    });
}

#[test]
fn a_reference_that_is_taken_is_told_as_such_also_with_all_that_comes_with_a_case() {
    for_each_engine(async |store| {
        opened(&store, "FF-2027-0001").await;
        let mail = claimed(&store, "2").await;
        let id = CaseId::from_random(draw());
        let refusal = store
            .commit(Commit {
                letters: vec![letter("ack", Some(id), Some(mail.mail))],
                tasks: vec![task("look", Some(id), None)],
                mail: Some(ended(&mail, EndState::CaseOpened, Some(id))),
                ..Commit::of_case(at(3), opening(id, "FF-2027-0001"))
            })
            .await
            .unwrap_err();
        assert!(matches!(refusal, StoreError::ReferenceTaken { .. }), "{refusal}");
        assert_eq!(store.mail(mail.mail).await.unwrap().unwrap().end, None);
    });
}

#[test]
fn a_letter_is_queued_once_for_its_key_and_the_second_is_reported() {
    for_each_engine(async |store| {
        let id = opened(&store, "FF-2027-0001").await;
        let with =
            |keys: &[&str]| Commit { letters: keys.iter().map(|key| letter(key, Some(id), None)).collect(), ..Commit::at(at(3)) };
        assert!(store.commit(with(&["a", "b"])).await.unwrap().duplicate_letters.is_empty());
        assert_eq!(store.commit(with(&["b", "c"])).await.unwrap().duplicate_letters, ["b"]);
        assert_eq!(store.claim_letters("w", at(9), 60, 10).await.unwrap().len(), 3);
    });
}

#[test]
fn timers_are_armed_replaced_and_forgotten_with_the_decision() {
    for_each_engine(async |store| {
        let id = opened(&store, "FF-2027-0001").await;
        let mut write = moved(id, "FF-2027-0001", 2, "allocated");
        write.disarm = vec![(timer("triage", 1, at(0)).timer, 1), (timer("brief", 1, at(0)).timer, 1)];
        // `brief` was armed and cleared by one decision, `visit` twice armed: the last counts.
        write.arm = vec![timer("brief", 1, at(50)), timer("visit", 1, at(60)), timer("visit", 2, at(70))];
        store.commit(Commit::of_case(at(3), write)).await.unwrap();
        let due = store.due_timers(at(5000), 10).await.unwrap();
        assert_eq!(
            due.iter().map(|due| (due.timer.as_str(), due.arming, due.due_at)).collect::<Vec<_>>(),
            [("visit", 2, at(70))]
        );
        store.put_off_timer(&due[0], at(900)).await.unwrap();
        assert!(store.due_timers(at(899), 10).await.unwrap().is_empty());
        assert_eq!(store.due_timers(at(900), 10).await.unwrap()[0].due_at, at(70));
    });
}

#[test]
fn a_commit_that_is_given_up_half_way_leaves_nothing_and_blocks_nobody() {
    for_each_house(async |house| {
        let store = house.open().await;
        let mut ids = Vec::new();
        for step in 0..12 {
            let id = CaseId::from_random(draw());
            ids.push(id);
            let commit = store.commit(Commit::of_case(at(2), opening(id, &format!("FF-2027-{:04}", 100 + step))));
            // The future is dropped after `step` turns: before, between or after the trips to the engine.
            let mut commit = Box::pin(commit);
            for _ in 0..step {
                let turn =
                    std::future::poll_fn(|context| std::task::Poll::Ready(std::future::Future::poll(commit.as_mut(), context)));
                if turn.await.is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Whatever was still under way has come to an end before this one.
        opened(&store, "FF-2027-9999").await;
        for id in ids {
            let events = store.history(id).await.unwrap().len();
            assert!(events == 0 || events == 2, "{events} events");
            assert_eq!(store.load_case(&CaseKey::Id(id)).await.unwrap().is_some(), events == 2);
        }
        assert_eq!(store.verify_chain().await.unwrap().first_bad, None);
    });
}

#[test]
fn the_kind_in_the_store_is_the_tag_of_the_event() {
    let event = stage_entered(None, "triage");
    assert_eq!(serde_json::to_value(&event).unwrap()["event"], event.kind());
}
