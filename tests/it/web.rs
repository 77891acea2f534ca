//! The pages: what they show, whom they answer, and what every answer carries.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use focus_family::domain::ids::CaseReference;
use focus_family::web::view::{CaseLine, CasePage, HappenedLine, LetterLine, MailLine, MoveLine, TaskLine, TimerLine};
use focus_family::web::{Site, ViewError, Views, serve};
use jiff::civil::date;

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

struct Sample {
    broken: bool,
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("an instant")
}

fn line(reference: &str, due: Option<jiff::civil::Date>, late: bool) -> CaseLine {
    CaseLine {
        reference: reference.to_owned(),
        area: "Copeland".to_owned(),
        stage: "Triage".to_owned(),
        grade: "meets the published criteria".to_owned(),
        owner: "Area Officer, Idris Penny".to_owned(),
        next_action: "Decision on the nomination".to_owned(),
        next_due_on: due,
        late,
    }
}

fn letter() -> LetterLine {
    LetterLine {
        reference: Some("FF-2026-7142".to_owned()),
        subject: "FF-2026-7142: decision needed by 26 Nov 2026".to_owned(),
        to: "Area Officer".to_owned(),
        queued_at: at("2026-11-24T09:05:00Z"),
        state: "sent".to_owned(),
    }
}

fn mail() -> MailLine {
    MailLine {
        receipt: "R-4F2A91".to_owned(),
        received_at: at("2026-11-23T07:37:00Z"),
        kind: "nomination".to_owned(),
        ended_as: "a case was opened".to_owned(),
        reference: Some("FF-2026-7142".to_owned()),
        to_do: "the program could not tell what it is for".to_owned(),
        waits: true,
    }
}

impl Views for Sample {
    async fn cases(&self) -> Result<Vec<CaseLine>, ViewError> {
        if self.broken {
            return Err(ViewError { what: "the list of cases", cause: "planted-secret-cause".into() });
        }
        Ok(vec![
            line("FF-2026-3333", None, false),
            line("FF-2026-7142", Some(date(2026, 11, 26)), false),
            CaseLine { owner: HOSTILE.to_owned(), ..line("FF-2026-1111", Some(date(2026, 11, 20)), true) },
        ])
    }
    async fn case(&self, reference: CaseReference) -> Result<Option<CasePage>, ViewError> {
        if reference.as_str() != "FF-2026-7142" {
            return Ok(None);
        }
        Ok(Some(CasePage {
            reference: reference.to_string(),
            stage: "Triage".to_owned(),
            stage_means: "The area's team looks at the nomination and decides whether it goes to the meeting.".to_owned(),
            area: "Copeland".to_owned(),
            owner: "Area Officer, Idris Penny".to_owned(),
            opened_on: Some(date(2026, 11, 23)),
            stage_since: Some(date(2026, 11, 23)),
            people: "5 people, 3 of them children".to_owned(),
            verdict: "MEETS the published criteria".to_owned(),
            readings: vec![("two members with two themes each".to_owned(), "met".to_owned())],
            rule_pack: "cumbria-2015".to_owned(),
            suggestion: "List it for the allocations meeting.".to_owned(),
            needs: vec!["a date of birth".to_owned()],
            timers: vec![TimerLine {
                title: "Decision on the nomination".to_owned(),
                due_on: date(2026, 11, 26),
                does: "the Area Officer is reminded".to_owned(),
                late: false,
            }],
            moves: vec![
                MoveLine {
                    title: "List for the allocations meeting".to_owned(),
                    command: "focus-family case record FF-2026-7142 list_for_meeting --meeting-on DATE".to_owned(),
                    closed_because: None,
                },
                MoveLine {
                    title: "Name the keyworker".to_owned(),
                    command: String::new(),
                    closed_because: Some("The case is not allocated yet.".to_owned()),
                },
            ],
            letters: vec![letter()],
            timeline: vec![HappenedLine {
                at: at("2026-11-23T07:38:00Z"),
                title: "Case opened".to_owned(),
                by: "the program".to_owned(),
                detail: HOSTILE.to_owned(),
            }],
        }))
    }
    async fn inbox(&self) -> Result<Vec<MailLine>, ViewError> {
        Ok(vec![mail()])
    }
    async fn worklist(&self) -> Result<Vec<TaskLine>, ViewError> {
        Ok(vec![TaskLine {
            id: "13fa766c".to_owned(),
            due_on: date(2026, 11, 20),
            late: true,
            role: "Area Officer".to_owned(),
            area: "Copeland".to_owned(),
            reference: Some("FF-2026-7142".to_owned()),
            says: format!("Look with `case matches`. {HOSTILE}`"),
        }])
    }
    async fn outbox(&self) -> Result<Vec<LetterLine>, ViewError> {
        Ok(vec![letter()])
    }
    async fn health(&self) -> Result<(), ViewError> {
        if self.broken { Err(ViewError { what: "the store", cause: "planted-secret-cause".into() }) } else { Ok(()) }
    }
}

/// Serves the sample pages while `ask` asks, then stops.
fn with_pages(broken: bool, ask: impl FnOnce(SocketAddr) + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let site = Site {
            programme: "Focus Family".to_owned(),
            demonstration: true,
            public_url: "https://family.council.example.org".to_owned(),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, site, Arc::new(Sample { broken }), async {
            let _ = stopped.await;
        }));
        let asked = tokio::task::spawn_blocking(move || ask(address)).await;
        stop.send(()).expect("it still serves");
        served.await.expect("it did not panic").expect("it served");
        asked.expect("every question was answered");
    });
}

fn request(address: SocketAddr, text: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.write_all(text.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn get(address: SocketAddr, path: &str) -> String {
    request(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", address.port()))
}

const PAGES: [&str; 6] = ["/", "/cases/FF-2026-7142", "/worklist", "/inbox", "/inbox/R-4F2A91", "/outbox"];

#[test]
fn each_page_is_whole_html_with_one_heading_and_a_neutral_title() {
    with_pages(false, |address| {
        for path in PAGES.into_iter().chain(["/nowhere", "/cases/FF-2026-9999", "/cases/%3Cscript%3E"]) {
            let page = get(address, path);
            assert_eq!(page.matches("<h1>").count(), 1, "{path}");
            assert!(page.contains("<html lang=\"en-GB\">") && page.contains("Demonstration"), "{path}");
            assert!(page.contains(" – Focus Family</title>"), "{path}");
            assert_eq!(page.matches("<table>").count(), page.matches("<caption").count(), "{path}");
            assert!(!page.contains("<script") && !page.contains("style=") && !page.contains(" onclick"), "{path}");
        }
    });
}

#[test]
fn the_list_begins_with_what_is_due_first_and_ends_with_what_has_ended() {
    with_pages(false, |address| {
        let page = get(address, "/");
        let place = |reference: &str| page.find(&format!("/cases/{reference}")).unwrap();
        assert!(place("FF-2026-1111") < place("FF-2026-7142") && place("FF-2026-7142") < place("FF-2026-3333"));
        assert!(page.contains("2 open, <strong class=\"late\">1 late</strong>"));
        assert!(page.contains("<time datetime=\"2026-11-26\">26 Nov 2026</time>"));
    });
}

#[test]
fn every_answer_is_guarded_by_the_same_headers() {
    with_pages(false, |address| {
        for path in PAGES.into_iter().chain(["/nowhere", "/assets/site.css", "/assets/icon.svg", "/healthz"]) {
            let answer = get(address, path).to_ascii_lowercase();
            let head = answer.split("\r\n\r\n").next().unwrap();
            for header in [
                "content-security-policy: default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
                "x-content-type-options: nosniff",
                "cache-control: no-store",
                "referrer-policy: no-referrer",
            ] {
                assert!(head.contains(header), "{path} has no {header}");
            }
        }
    });
}

#[test]
fn only_requests_that_name_this_machine_are_answered() {
    with_pages(false, |address| {
        for (host, status) in [
            ("Host: 127.0.0.1:8080\r\n", 200),
            ("Host: [::1]\r\n", 200),
            ("Host: LOCALHOST\r\n", 200),
            ("Host: family.council.example.org\r\n", 200),
            ("Host: rebound.example.net\r\n", 421),
            ("Host: localhost.example.net\r\n", 421),
            ("Host: 127.0.0.1.example.net\r\n", 421),
            ("Host: user@evil.example.net\r\n", 421),
            ("Host: \r\n", 421),
            ("Host: localhost\r\nHost: rebound.example.net\r\n", 421),
        ] {
            let answer = request(address, &format!("GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n"));
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {}", answer.lines().next().unwrap());
            assert_eq!(answer.contains("FF-2026"), status == 200, "{host}");
        }
        let answer = request(address, "GET / HTTP/1.0\r\n\r\n");
        assert!(answer.contains(" 421 "), "{answer}");
    });
}

#[test]
fn nothing_can_be_changed_here() {
    with_pages(false, |address| {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let head = format!("{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            assert!(request(address, &head).starts_with("HTTP/1.1 405"), "{method}");
        }
    });
}

#[test]
fn text_from_outside_stays_text() {
    with_pages(false, |address| {
        for path in ["/", "/cases/FF-2026-7142", "/worklist"] {
            let page = get(address, path);
            assert!(page.contains("&#60;script&#62;") && !page.contains("<script>"), "{path}");
        }
    });
}

#[test]
fn the_worklist_sets_commands_apart_and_a_mail_that_waits_says_what_to_type() {
    with_pages(false, |address| {
        let page = get(address, "/worklist");
        assert!(page.contains("1 to do, <strong class=\"late\">1 late</strong>"), "{page}");
        assert!(page.contains("Look with <code>case matches</code>. &#60;script&#62;"), "{page}");
        assert!(
            page.contains("<a href=\"/worklist\" aria-current=\"page\">") && page.matches("aria-current").count() == 1,
            "{page}"
        );
        let page = get(address, "/inbox/R-4F2A91");
        assert!(page.contains("<code>focus-family mail settle R-4F2A91 nomination --by ADDRESS</code>"), "{page}");
        assert!(!get(address, "/inbox").contains("mail settle R-"));
    });
}

#[test]
fn what_cannot_be_shown_says_so_and_not_why() {
    with_pages(true, |address| {
        let page = get(address, "/");
        assert!(page.starts_with("HTTP/1.1 500") && page.contains("Nothing is lost"));
        let health = get(address, "/healthz");
        assert!(health.starts_with("HTTP/1.1 503"));
        assert!(!page.contains("planted-secret") && !health.contains("planted-secret"));
    });
}

#[test]
fn the_style_sheet_is_small_and_our_own() {
    let css = include_str!("../../assets/site.css");
    assert!(css.len() < 15 * 1024);
    for foreign in ["GDS Transport", "govuk", "crest", "crown", "url(", "@import", "@font-face"] {
        assert!(!css.contains(foreign), "{foreign}");
    }
}
