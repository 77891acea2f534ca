//! A mailbox at Microsoft 365, against a stand-in that replays what Microsoft documents. Each file of `tests/data/graph` names
//! where; the order of the questions and what they must hold is part of it.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::App;
use focus_family::daemon::remote::{Way, account_state, folder_state, take_in_once};
use focus_family::daemon::round::RoundError;
use focus_family::mailbox::RemoteError;
use focus_family::mailbox::graph::Graph;
use focus_family::store::{MailFilter, Store};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::engines::{for_each_engine, sqlite_house};

/// One question and its answer.
struct Exchange {
    question: String,
    holds: Vec<String>,
    status: String,
    headers: Vec<String>,
    body: String,
}

/// Answers as a file says.
#[derive(Clone)]
pub struct StandIn {
    pub port: u16,
    left: Arc<Mutex<Vec<Exchange>>>,
    complaints: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stand_in = Self { port, left: Arc::default(), complaints: Arc::default(), asked: Arc::default() };
        let server = stand_in.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while server.answer(&mut stream).await.is_some() {}
                });
            }
        });
        stand_in
    }

    /// From now on it answers as `file` says.
    fn replay(&self, file: &str) {
        let path = format!("{}/tests/data/graph/{file}.http", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap().replace("@ORIGIN@", &format!("http://127.0.0.1:{}", self.port));
        let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ")).collect();
        let text = text.join("\n").replace("@MAIL 1@", &mail(1)).replace("@MAIL 2@", &mail(2));
        *self.left.lock().unwrap() = text.split("### ").skip(1).map(exchange).collect();
    }

    /// From now on it answers as `text` says.
    pub fn says(&self, text: &str) {
        *self.left.lock().unwrap() = text.split("### ").skip(1).map(exchange).collect();
    }

    /// Everything of the file was asked, and nothing else.
    pub fn was_asked_all(&self) {
        assert_eq!(*self.complaints.lock().unwrap(), Vec::<String>::new());
        let left: Vec<String> = self.left.lock().unwrap().iter().map(|one| one.question.clone()).collect();
        assert!(left.is_empty(), "not asked: {left:?}");
    }

    async fn answer(&self, stream: &mut BufReader<TcpStream>) -> Option<()> {
        let (mut asked, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = number.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            asked += &line;
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        asked += &String::from_utf8(body).unwrap();
        let answer = self.answer_to(&asked);
        self.asked.lock().unwrap().push(asked);
        stream.write_all(answer.as_bytes()).await.ok()
    }

    fn answer_to(&self, asked: &str) -> String {
        let mut left = self.left.lock().unwrap();
        let complain = |what: String| self.complaints.lock().unwrap().push(what);
        if left.is_empty() {
            complain(format!("asked too much: {asked}"));
            return "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        let expected = left.remove(0);
        if !asked.starts_with(&format!("{} HTTP/1.1\r\n", expected.question)) {
            complain(format!("expected {}, asked {asked}", expected.question));
        }
        for held in expected.holds.iter().filter(|held| !asked.contains(held.as_str())) {
            complain(format!("{} does not hold `{held}`: {asked}", expected.question));
        }
        let headers: String = expected.headers.iter().map(|header| format!("{header}\r\n")).collect();
        format!("HTTP/1.1 {} X\r\n{headers}Content-Length: {}\r\n\r\n{}", expected.status, expected.body.len(), expected.body)
    }
}

fn exchange(text: &str) -> Exchange {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let question = lines.next().unwrap().to_owned();
    let (mut holds, mut answer) = (Vec::new(), Vec::new());
    for line in lines {
        match (line.strip_prefix("> "), line.strip_prefix("< ")) {
            (Some(held), _) => holds.push(held.to_owned()),
            (None, Some(said)) => answer.push(said.to_owned()),
            (None, None) => panic!("what is `{line}`?"),
        }
    }
    let status = answer.remove(0);
    Exchange { question, holds, status, headers: answer, body: body.trim_end_matches('\n').to_owned() }
}

/// Lines end as on the wire; the last one has no end, so that a file shows exactly what is answered.
fn mail(number: u32) -> String {
    format!(
        "From: Frances Tolson <frances.tolson@lakefoot-families.example.org>\r\nTo: focusfamily@council.example.org\r\n\
         Subject: Question {number}\r\nMessage-ID: <graph-{number}@lakefoot-families.example.org>\r\n\r\nMay I ask question {number}?"
    )
}

/// A program whose mailbox is at the stand-in.
fn office(store: Store, port: u16, proof: &str) -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.txt"), "qWgdYAmab0YSkuL1qKv5bPX\n").unwrap();
    let start = "2026-09-07T08:00:00Z".parse().unwrap();
    let graph = format!(
        "kind = \"graph\"\nuser = \"focusfamily@council.example.org\"\ntenant = \"council.example.org\"\n\
         client_id = \"6731de76-14a6-49ae-97bc-6eba6914391e\"\njunk = \"junkemail\"\n\
         authority = \"http://127.0.0.1:{port}\"\nendpoint = \"http://127.0.0.1:{port}\"\n{proof}"
    );
    let settings = focus_family::demo::settings_toml(folder.path(), 0, Some((start, 7)))
        .replace("kind = \"maildir\"\npath = \"mailbox\"\n", &graph)
        .replace("name = \"nominations\"", "name = \"post\"")
        .replace("kind = \"maildir\"\npath = \"outbox\"\n", &graph.replace("junk = \"junkemail\"\n", ""));
    let settings = Settings::from_text(&settings, &folder.path().join("focus-family.toml"), std::iter::empty()).unwrap();
    let app = App::assemble(settings, store, Ambient::Scripted(Script::new(start, 7))).unwrap();
    (app, folder)
}

const SECRET: &str = "login = \"client_secret\"\nclient_secret_file = \"secret.txt\"\n";

#[test]
fn mails_are_listed_fetched_stored_and_moved_as_microsoft_documents_it() {
    for_each_engine(async |store| {
        let stand_in = StandIn::open().await;
        let (app, _folder) = office(store, stand_in.port, SECRET);
        stand_in.replay("first_look");
        assert_eq!(take_in_once(&app, &app.servers[0]).await.unwrap(), 2);
        stand_in.was_asked_all();
        let rows = app.engine.store.mails(&MailFilter { oldest_first: true, ..MailFilter::default() }).await.unwrap();
        let mut stored = Vec::new();
        for row in &rows {
            stored.push(String::from_utf8(app.engine.store.raw_mail(row.mail).await.unwrap().unwrap()).unwrap());
        }
        stored.sort();
        assert_eq!(stored, [mail(1), mail(2)]);
        assert_eq!(account_state(&app, "post").await.unwrap().junk.map(|junk| junk.count), Some(2));

        stand_in.replay("next_look");
        assert_eq!(take_in_once(&app, &app.servers[0]).await.unwrap(), 0);
        stand_in.was_asked_all();
        let state = folder_state(&app, "post", "inbox").await.unwrap();
        let missed: Vec<&str> = state.missed.iter().map(|missed| missed.uid.as_str()).collect();
        assert_eq!(missed, ["AAkALgAAAA-gone"], "the one that nobody has stored");

        stand_in.replay("forgotten");
        assert_eq!(take_in_once(&app, &app.servers[0]).await.unwrap(), 0, "moved back, and known");
        stand_in.was_asked_all();
        stand_in.replay("throttled");
        let asked = take_in_once(&app, &app.servers[0]).await;
        assert!(matches!(asked, Err(RoundError::Remote(RemoteError::Busy { seconds: 7 }))), "{asked:?}");
        stand_in.was_asked_all();
        assert_eq!(app.engine.store.mails(&MailFilter::default()).await.unwrap().len(), 2);
    });
}

const TOKEN: &str = "### POST /council.example.org/oauth2/v2.0/token\n< 200\n< content-type: application/json\n\n\
     {\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"made-up-token-1\"}\n";
const SEND: &str = "### POST /v1.0/users/focusfamily%40council.example.org/sendMail\n> authorization: Bearer made-up-token-1\n";

#[test]
fn letters_leave_by_graph_and_each_of_its_answers_means_what_microsoft_says() {
    for_each_engine(async |store| {
        let stand_in = StandIn::open().await;
        let (mut app, folder) = office(store, stand_in.port, SECRET);
        std::fs::write(folder.path().join("secret.txt"), "qWgdYAmab0YSkuL1qKv5bPX\n").unwrap();
        app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        let script = match &app.engine.ambient {
            Ambient::Scripted(script) => script.clone(),
            Ambient::Real => panic!("a scripted clock"),
        };
        let arrival = |number: u32| focus_family::store::Arrival {
            account: "post".to_owned(),
            mailbox: "inbox".to_owned(),
            uid_validity: 0,
            uid: format!("mail-{number}"),
            received_at: app.engine.ambient.now(),
            bytes_total: 10,
            raw: format!(
                "From: ola{number}@school.example.org\r\nTo: focusfamily@council.example.org\r\nSubject: Hello\r\n\
                 Message-ID: <{number}@school.example.org>\r\n\r\nHello {number}.\r\n"
            )
            .into_bytes(),
        };
        let graph = |text: &str| {
            *stand_in.left.lock().unwrap() = text.split("### ").skip(1).map(exchange).collect();
        };
        let states = async |app: &App| -> Vec<String> {
            let rows = app.engine.store.letters(&Default::default()).await.unwrap();
            let mut told: Vec<String> = rows
                .iter()
                .map(|row| format!("{} {} {}", row.state.as_str(), row.attempts, row.reason.clone().unwrap_or_default()))
                .collect();
            told.sort();
            told
        };
        let send = async |app: &App| app.engine.send_letters(app.delivery.as_ref().unwrap(), 1).await.unwrap();
        let pass = |seconds: i64| {
            let later = app.engine.ambient.now().checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
            script.set(later);
        };
        app.engine.store.take_in(vec![arrival(1)], &app.engine.ambient).await.unwrap();
        app.engine.take_next_mails(1).await.unwrap();
        // One letter at a time; the other waits for its turn.
        graph(&format!("{TOKEN}{SEND}< 429\n< retry-after: 700\n\n"));
        send(&app).await;
        stand_in.was_asked_all();
        assert!(states(&app).await.contains(&"queued 0 graph asks to wait 700 s".to_owned()), "{:?}", states(&app).await);
        pass(400);
        send(&app).await;
        assert!(
            states(&app).await.contains(&"queued 0 graph asked to wait".to_owned()),
            "it is not asked: {:?}",
            states(&app).await
        );
        pass(400);
        graph(&format!("{SEND}> Q29udGVudC\n< 202\n\n").replace("> Q29udGVudC\n", ""));
        send(&app).await;
        stand_in.was_asked_all();
        assert_eq!(states(&app).await.iter().filter(|state| state.starts_with("sent 1")).count(), 1, "{:?}", states(&app).await);
        // Whatever stood between us and Exchange gave up: the letter may have left all the same.
        for (tries, answer) in ["504", "500"].into_iter().enumerate() {
            graph(&format!("{SEND}< {answer}\n\n"));
            pass(if tries == 0 { 400 } else { 950 });
            send(&app).await;
            let unsure = format!("unsure {} no answer to the letter", tries + 1);
            assert!(states(&app).await.contains(&unsure), "{answer}: {:?}", states(&app).await);
        }
        pass(950);
        let refused = "{\"error\":{\"code\":\"ErrorInvalidRecipients\",\"message\":\"x\"}}";
        graph(&format!("{SEND}< 400\n< content-type: application/json\n\n{refused}\n"));
        send(&app).await;
        assert!(
            states(&app).await.contains(&"failed 3 graph HTTP 400 ErrorInvalidRecipients".to_owned()),
            "{:?}",
            states(&app).await
        );
        // Nobody there: it is no try of the letter's.
        app.engine.store.take_in(vec![arrival(2)], &app.engine.ambient).await.unwrap();
        app.engine.take_next_mails(1).await.unwrap();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (elsewhere, _folder) = office(app.engine.store.clone(), closed, SECRET);
        app.delivery = elsewhere.delivery;
        send(&app).await;
        assert!(states(&app).await.contains(&"queued 0 graph connect failed".to_owned()), "{:?}", states(&app).await);
        // The bytes are a whole mail to one recipient.
        let asked = stand_in.asked.lock().unwrap().clone();
        let sent = asked.iter().rfind(|asked| asked.contains("/sendMail")).unwrap();
        let sent = base64::engine::general_purpose::STANDARD.decode(sent.split("\r\n").last().unwrap()).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&sent).unwrap();
        assert_eq!((parsed.to().unwrap().iter().count(), parsed.cc().is_none(), parsed.bcc().is_none()), (1, true, true));
    });
}

#[test]
fn a_refused_secret_is_told_by_microsofts_number_and_never_repeated() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let stand_in = StandIn::open().await;
        let (app, _folder) = office(sqlite_house().open().await, stand_in.port, SECRET);
        stand_in.replay("refused");
        let refused = take_in_once(&app, &app.servers[0]).await.unwrap_err();
        assert!(
            matches!(&refused, RoundError::Remote(RemoteError::SignIn { said }) if said.contains("AADSTS7000222")),
            "{refused}"
        );
        assert!(!format!("{refused} {refused:?}").contains("qWgdYAmab0"));
    });
}

#[test]
fn a_certificate_signs_a_statement_that_its_key_verifies_and_a_letter_goes_as_it_is() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let stand_in = StandIn::open().await;
        let proof = "certificate_file = \"app.pem\"\nkey_file = \"app.key\"\n";
        let (app, folder) = office(sqlite_house().open().await, stand_in.port, proof);
        openssl(&folder, "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=focus-family -keyout app.key -out app.pem");
        let Way::Graph(settings) = &app.servers[0].way else { panic!("a graph") };
        let mut graph = Graph::new(settings.clone(), app.engine.ambient.clone(), Duration::from_secs(60)).unwrap();
        stand_in.replay("sent");
        graph.send(mail(1).as_bytes()).await.unwrap();
        stand_in.was_asked_all();
        let asked = stand_in.asked.lock().unwrap().clone();
        let assertion = asked[0].split("client_assertion=").nth(1).unwrap().split('&').next().unwrap();
        assert!(asked[0].contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"));
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        std::fs::write(folder.path().join("signed"), signed).unwrap();
        std::fs::write(folder.path().join("signature"), URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        openssl(&folder, "x509 -in app.pem -pubkey -noout -out app.pub");
        let verify =
            "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify app.pub -signature signature signed";
        openssl(&folder, verify);
        let claims = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        let audience = format!("http://127.0.0.1:{}/council.example.org/oauth2/v2.0/token", stand_in.port);
        assert_eq!(claims["aud"], audience);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 300);
        let sent = asked[1].split("\r\n").last().unwrap();
        assert_eq!(base64::engine::general_purpose::STANDARD.decode(sent).unwrap(), mail(1).as_bytes());
    });
}

fn openssl(folder: &TempDir, words: &str) {
    let done = Command::new("openssl").args(words.split_whitespace()).current_dir(folder.path()).output().unwrap();
    assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
}
