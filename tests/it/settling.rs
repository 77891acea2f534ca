//! What a person says of a mail: it leaves a case it joined by mistake, it is the family's own, it is a complaint; always by name, and
//! what ends without an answer with a reason.

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::engine::EngineError;
use focus_family::engine::settle::{Settlement, Settler};
use focus_family::store::{CaseKey, EndState, MailFilter, MailRow, TaskFilter};

use crate::support::daemon::{County, all_is_well, history, nomination, referrer};
use crate::support::engines::for_each_house;

async fn row(app: &App, uid: &str) -> MailRow {
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    rows.into_iter().find(|row| row.uid == uid).unwrap()
}

fn mail(number: u32, from: &str, subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: focusfamily@council.example.org\r\nSubject: {subject}\r\nMessage-ID: <m{number}@x.example.org>\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

fn beth(because: Option<&str>) -> Settler {
    Settler { by: "beth.salkeld@council.example.org".into(), because: because.map(Into::into) }
}

async fn tasks(app: &App) -> Vec<String> {
    let open = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
    open.iter().map(|task| format!("{} by {}: {}", task.role, task.due_on, task.says)).collect()
}

#[test]
fn a_mail_attached_by_mistake_leaves_its_case_and_waits_and_the_case_says_so() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("first", &nomination(1));
        county.deliver("news", &mail(1, "omar@school.example.org", "News", "The family has moved."));
        settle(&app).await.unwrap();
        let case = row(&app, "first").await.reference.unwrap();
        let settle_it = async |uid: &str, wish: &Settlement, because| {
            let receipt = row(&app, uid).await.receipt;
            app.engine.settle_mail(&receipt, wish, &beth(because)).await
        };
        settle_it("news", &Settlement::Case(case.clone()), None).await.unwrap();
        let refused = |done: Result<_, EngineError>| done.map(drop).unwrap_err().to_string();
        assert!(refused(settle_it("news", &Settlement::Detached, None).await).contains("--because"), "it needs a reason");
        let opener = refused(settle_it("first", &Settlement::Detached, Some("wrong")).await);
        assert!(opener.contains("opened its case"), "{opener}");
        let stranger = Settler { by: "omar.dixon@council.example.org".into(), because: Some("x".into()) };
        let receipt = row(&app, "news").await.receipt;
        assert!(app.engine.settle_mail(&receipt, &Settlement::Detached, &stranger).await.is_err(), "it needs somebody of ours");
        let before = history(&app, &case).await.len();
        settle_it("news", &Settlement::Detached, Some("it is about another family")).await.unwrap();
        let left = row(&app, "news").await;
        assert_eq!((left.end, left.case, left.reference), (Some(EndState::Waiting), None, None));
        let events = history(&app, &case).await;
        assert_eq!(events.len(), before + 2);
        assert_eq!((events[before].kind(), events[before + 1].kind()), ("mail_detached", "task_called"));
        let lines = focus_family::domain::case::timeline(&events);
        let line = &lines[before];
        assert_eq!(line.says, "a mail was taken off the case: it had joined by mistake");
        assert!(line.detail.as_ref().unwrap().as_text().contains("because: it is about another family"));
        let stored = app.engine.store.load_case(&CaseKey::Reference(case.clone())).await.unwrap().unwrap();
        assert_eq!(stored.case.mails.len(), 1);
        let open = tasks(&app).await;
        assert!(open.iter().any(|task| task.contains("a person took it off the case")), "{open:?}");
        assert!(
            open.iter().any(|task| task.starts_with("area_officer") && task.contains("look at what it had changed")),
            "{open:?}"
        );
        // Nothing is erased, and another process without the keys at hand opens it.
        let again = county.start_captured().await;
        let raw = again.engine.store.raw_mail(left.mail).await.unwrap().unwrap();
        assert!(String::from_utf8(raw).unwrap().contains("The family has moved."));
        assert!(again.engine.store.intake(left.mail).await.unwrap().is_some());
        all_is_well(&app, "after it left").await;
        // It may join again, or be filed.
        settle_it("news", &Settlement::Case(case.clone()), None).await.unwrap();
        assert_eq!(row(&app, "news").await.reference, Some(case.clone()));
        all_is_well(&app, "after it came back").await;
    });
}

#[test]
fn what_ends_without_an_answer_needs_a_reason() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("news", &mail(1, "omar@school.example.org", "Lunch", "Shall we meet at noon."));
        county.deliver("advice", &mail(2, "ola@school.example.org", "Question", "Would a family with debts meet your criteria?"));
        settle(&app).await.unwrap();
        for (uid, wish) in [("news", Settlement::Nothing), ("advice", Settlement::Answered)] {
            let receipt = row(&app, uid).await.receipt;
            for empty in [None, Some(" ")] {
                let told = app.engine.settle_mail(&receipt, &wish, &beth(empty)).await.unwrap_err().to_string();
                assert!(told.contains("say why with `--because"), "{told}");
            }
            app.engine.settle_mail(&receipt, &wish, &beth(Some("rung up"))).await.unwrap();
        }
        let letters = app.engine.store.letters(&Default::default()).await.unwrap();
        let told = app.engine.discard(&letters[0].id.to_text(), &beth(None)).await.unwrap_err().to_string();
        assert!(told.contains("say why with `--because"), "{told}");
        all_is_well(&app, "after all").await;
    });
}

#[test]
fn a_family_that_writes_itself_gets_the_bare_receipt_and_a_call() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let mum = "dawn.holme@home.example.org";
        county.deliver("mum", &mail(1, mum, "Hello", "My boy Kai does not go to school and I have lost my job. Dawn"));
        settle(&app).await.unwrap();
        let receipt = row(&app, "mum").await.receipt;
        let wish = Settlement::Nomination { from_family: true };
        let ended = app.engine.settle_mail(&receipt, &wish, &beth(None)).await.unwrap();
        assert_eq!(ended.end, EndState::CaseOpened);
        settle(&app).await.unwrap();
        let to_mum: Vec<_> = county.captured.take().into_iter().filter(|letter| letter.to.as_str() == mum).collect();
        assert_eq!(to_mum.len(), 1, "one receipt and nothing of the case");
        let text = String::from_utf8_lossy(&to_mum[0].message).into_owned();
        assert!(text.contains(&receipt) && !text.contains(ended.reference.as_ref().unwrap().as_str()), "{text}");
        let open = tasks(&app).await;
        assert!(
            open.iter().any(|task| task.contains("by 2026-09-14") && task.contains("an Area Officer rings them")),
            "{open:?}"
        );
        all_is_well(&app, "after the family").await;
    });
}

#[test]
fn a_complaint_has_two_dates_and_goes_to_the_manager() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("one", &mail(1, &referrer(1), "Complaint", "Nobody has rung me for four weeks."));
        county.deliver(
            "two",
            &mail(2, &referrer(2), "Your service", "I would like to make a formal complaint. Nobody rings back."),
        );
        settle(&app).await.unwrap();
        for uid in ["one", "two"] {
            let row = row(&app, uid).await;
            assert_eq!((row.end, row.kind.as_deref()), (Some(EndState::Request), Some("complaint")), "{uid}");
        }
        let open = tasks(&app).await;
        let at = |day: &str, says: &str| {
            open.iter().filter(|task| task.starts_with(&format!("manager by {day}")) && task.contains(says)).count()
        };
        assert_eq!((at("2026-09-10", "tell its sender within 3"), at("2026-09-21", "answer it within 10")), (2, 2), "{open:?}");
        // The first step is done by itself; the answer ends the whole.
        let receipt = row(&app, "one").await.receipt;
        let manager =
            app.engine.roster.people().iter().find(|one| one.roles.iter().any(|role| role.as_str() == "manager")).unwrap();
        let manager = Settler { by: manager.address.clone(), because: Some("rung her".into()) };
        let all = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        let first = all.iter().find(|task| task.says.starts_with(&receipt) && task.says.contains("tell its sender")).unwrap();
        app.engine.finish_task(&first.id.to_text(), &manager).await.unwrap();
        app.engine.settle_mail(&receipt, &Settlement::Answered, &manager).await.unwrap();
        assert_eq!(tasks(&app).await.iter().filter(|task| task.contains(&receipt)).count(), 0);
        all_is_well(&app, "after the complaints").await;
    });
}

#[test]
fn a_copy_that_waits_ends_with_the_mail_it_is_a_copy_of_and_is_never_settled_by_itself() {
    for_each_house(async |house| {
        for (wish, first_ends, copy_ends) in [
            (Settlement::Nothing, EndState::Automatic, EndState::Automatic),
            (Settlement::Nomination { from_family: false }, EndState::CaseOpened, EndState::Attached),
        ] {
            let county = County::new(house).await;
            let app = county.start_captured().await;
            let odd = mail(u32::from(first_ends == EndState::Automatic), "una@school.example.org", "hi", "asdf qwer");
            let [first, copy] = [format!("first-{first_ends:?}"), format!("copy-{first_ends:?}")];
            county.deliver(&first, &odd);
            settle(&app).await.unwrap();
            county.deliver(&copy, &odd);
            settle(&app).await.unwrap();
            assert_eq!([row(&app, &first).await.end, row(&app, &copy).await.end], [Some(EndState::Waiting); 2]);
            let (first_receipt, copy_receipt) = (row(&app, &first).await.receipt, row(&app, &copy).await.receipt);
            let refused = app.engine.settle_mail(&copy_receipt, &wish, &beth(Some("x"))).await.map(drop).unwrap_err().to_string();
            assert!(refused.contains(&first_receipt), "{refused}");
            app.engine.settle_mail(&first_receipt, &wish, &beth(Some("x"))).await.unwrap();
            let (settled, with_it) = (row(&app, &first).await, row(&app, &copy).await);
            assert_eq!((settled.end, with_it.end), (Some(first_ends), Some(copy_ends)));
            assert_eq!(with_it.case, settled.case);
            assert!(app.engine.store.raw_mail(with_it.mail).await.unwrap().is_some(), "its bytes can still be opened");
            let balance = app.engine.store.balance(None).await.unwrap();
            assert_eq!(balance.waiting, 0, "{balance}");
            all_is_well(&app, "after a copy was settled with its first").await;
        }
    });
}
