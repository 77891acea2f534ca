//! Letters by SMTP with tokens that the program gets itself from Microsoft: the token endpoint and the mail server both play a script.

use base64::Engine as _;
use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::App;
use focus_family::delivery::{AddressChecked, Delivered, Delivery, ReturnPath};

use super::sink::{Does, Protects, Sink, tls_file};
use crate::graph::StandIn;
use crate::support::engines::sqlite_house;

const ASKS: &str = "### POST /council.example.org/oauth2/v2.0/token\n> grant_type=client_credentials\n\
    > scope=https%3A%2F%2Foutlook.office365.com%2F.default\n> client_secret=a%20made-up%20secret\n";

fn grants(token: &str) -> String {
    format!(
        "{ASKS}< 200\n< content-type: application/json\n\n{{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"{token}\"}}\n"
    )
}

/// What a client says that signs in with `token` (the form that Microsoft documents for SMTP AUTH).
fn auth(token: &str) -> String {
    let said = format!("user=focusfamily@council.example.org\u{1}auth=Bearer {token}\u{1}\u{1}");
    format!("AUTH XOAUTH2 {}", base64::engine::general_purpose::STANDARD.encode(said))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtp_signs_in_with_tokens_of_its_own_renews_them_and_waits_while_there_are_none() {
    let house = sqlite_house();
    let stand_in = StandIn::open().await;
    let refused = Does::Answers("auth", "535 5.7.3 Authentication unsuccessful");
    let does = [Does::Accepts, Does::Accepts, refused, Does::Accepts, Does::Accepts, Does::Accepts];
    let sink = Sink::start(Protects::StartTls("localhost.pem"), &does);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.txt"), "a made-up secret\n").unwrap();
    let start = "2026-09-07T08:00:00Z".parse().unwrap();
    let smtp = format!(
        "kind = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"starttls\"\nca_file = \"{}\"\n\
         username = \"focusfamily@council.example.org\"\nlogin = \"client_secret\"\ntenant = \"council.example.org\"\n\
         client_id = \"6731de76-14a6-49ae-97bc-6eba6914391e\"\nclient_secret_file = \"secret.txt\"\n\
         authority = \"http://127.0.0.1:{}\"\n",
        sink.port,
        tls_file("ca.pem").display(),
        stand_in.port
    );
    let text = focus_family::demo::settings_toml(folder.path(), 0, Some((start, 7)))
        .replace("kind = \"maildir\"\npath = \"outbox\"\n", &smtp);
    let settings = Settings::from_text(&text, &folder.path().join("focus-family.toml"), std::iter::empty()).unwrap();
    let script = Script::new(start, 7);
    let app = App::assemble(settings, house.open().await, Ambient::Scripted(script.clone())).unwrap();
    let Some(delivery @ Delivery::Smtp(_)) = &app.delivery else { panic!("letters leave by SMTP") };
    let to = AddressChecked::parse("ola@school.example.org").unwrap();
    let send = async || delivery.send(&ReturnPath::Null, &to, b"Subject: made up\r\n\r\nMade up.\r\n").await;
    let accepted = |delivered: Delivered| assert!(matches!(delivered, Delivered::Accepted { .. }), "{delivered:?}");

    stand_in.says(&grants("made-up-token-1"));
    accepted(send().await);
    accepted(send().await);
    stand_in.was_asked_all();
    assert_eq!(sink.commands().matches(&auth("made-up-token-1")).count(), 2, "one token for both: {}", sink.commands());
    // A refused token is not kept, the letter waits, and the next try brings a new one.
    assert_eq!(send().await, Delivered::Unreached { code: "auth 535 5.7.3".into() });
    stand_in.says(&grants("made-up-token-2"));
    accepted(send().await);
    stand_in.was_asked_all();
    assert!(sink.commands().contains(&auth("made-up-token-2")));
    // Five minutes before its end a token is no longer used.
    script.set("2026-09-07T08:54:00Z".parse().unwrap());
    accepted(send().await);
    stand_in.was_asked_all();
    script.set("2026-09-07T08:55:00Z".parse().unwrap());
    stand_in.says(&format!(
        "{ASKS}< 401\n< content-type: application/json\n\n{{\"error\":\"invalid_client\",\"error_codes\":[7000215]}}\n"
    ));
    let before = sink.commands().matches("AUTH").count();
    assert_eq!(send().await, Delivered::Unreached { code: "no access token".into() });
    stand_in.was_asked_all();
    assert_eq!(sink.commands().matches("AUTH").count(), before, "nothing was said without a token");
    assert!(sink.heard().iter().all(|letter| letter.rcpt_to.len() == 1) && sink.heard().len() == 4);
}
