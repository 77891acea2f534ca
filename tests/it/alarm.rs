//! A mailbox that cannot be read is told once, to the administrator, and told again when it is back.

use focus_family::daemon::alarm;
use focus_family::daemon::remote::update_account;
use focus_family::daemon::round::{send, settle};

use crate::support::daemon::{County, all_is_well};
use crate::support::engines::for_each_house;

#[test]
fn a_mailbox_that_is_silent_for_a_quarter_of_an_hour_is_told_once_and_so_is_its_return() {
    for_each_house(async |house| {
        let change = |text: String| text.replace("[contact]", "[contact]\nadministrator = \"it@council.example.org\"");
        let county = County::with(house, change).await;
        let app = county.start_captured().await;
        let name = app.mailboxes[0].name.clone();
        let since = app.engine.ambient.now();
        let told = async || {
            alarm::look(&app, since).await.unwrap();
            send(&app).await.unwrap();
            let letters = county.captured.take();
            assert!(letters.iter().all(|letter| letter.to.as_str() == "it@council.example.org"));
            letters.iter().map(|letter| String::from_utf8_lossy(&letter.message).into_owned()).collect::<Vec<_>>()
        };
        settle(&app).await.unwrap();
        assert!(told().await.is_empty(), "nothing is wrong");
        let fails = async || {
            let now = app.engine.ambient.now();
            update_account(&app, &name, |state| state.failed("cannot open the folder".to_owned(), now)).await.unwrap();
        };
        fails().await;
        county.pass_seconds(14 * 60);
        fails().await;
        assert!(told().await.is_empty(), "not yet");
        county.pass_seconds(60);
        let letters = told().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(
            letters[0].contains("the program needs help") && letters[0].contains("has not been read since 09:00 on"),
            "{letters:?}"
        );
        county.pass_seconds(3_600);
        fails().await;
        assert!(told().await.is_empty(), "once is enough");
        let now = app.engine.ambient.now();
        update_account(&app, &name, |state| state.succeeded(0, now)).await.unwrap();
        let letters = told().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0].contains("back to normal") && letters[0].contains("is read again since 10:15 on"), "{letters:?}");
        assert!(told().await.is_empty(), "and once only");
        // The next time is a new one.
        fails().await;
        county.pass_seconds(16 * 60);
        assert_eq!(told().await.len(), 1);
        all_is_well(&app, "after the alarms").await;
    });
}
