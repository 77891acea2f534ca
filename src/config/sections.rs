//! Each section of the tree, read into what it means.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::domain::ids::{AreaName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::time::Instant;

use super::defect::Place;
use super::mailboxes::{ImapLogin, graph_sender, registration};
use super::reader::{Open, Reader};
use super::settings::{
    AddressPattern, AnswersTo, ClockSettings, Contact, Delivery, Detail, Domain, Login, MailSettings, Mode, OcrProgram,
    OcrSettings, Person, PostgresUrl, ReaderSettings, Recipients, Sandbox, Schedule, SignIn, StoreSettings, Tls, WebSettings,
};
use super::tree::Node;

/// The tree, section by section.
pub(super) type Tree = BTreeMap<String, Node>;

pub(super) fn store(reader: &mut Reader, tree: &mut Tree) -> Option<StoreSettings> {
    let mut open = reader.section(tree, "store");
    let store = match open.kind("kind", &["sqlite", "postgres"], None) {
        Some("sqlite") => open.required_path("path", "\"focus-family.db\"").map(|path| StoreSettings::Sqlite { path }),
        Some(_) => {
            let url = postgres_url(&mut open);
            let connections = open.number("connections", (2, 200), 10);
            url.zip(connections).map(|(url, connections)| StoreSettings::Postgres {
                url,
                connections: u32::try_from(connections).expect("at most 200"),
            })
        }
        None => None,
    };
    open.close();
    store
}

fn postgres_url(open: &mut Open<'_>) -> Option<PostgresUrl> {
    match (open.has("url"), open.has("url_file")) {
        (false, false) => {
            open.missing("url_file", "\"postgres-url.txt\" (or url = \"postgres://user@host/name\" when it holds no password)");
            None
        }
        (true, true) => {
            let place = open.place_of("url");
            open.wrong(&place, "url", "`url` and `url_file` exclude each other", "keep one of them");
            let _ = (open.personal("url"), open.path("url_file"));
            None
        }
        (false, true) => open.path("url_file").map(PostgresUrl::File),
        (true, false) => {
            // Taken without showing: whether it holds a password is seen only now.
            let (url, place) = open.personal("url")?;
            let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
            let authority = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
            let fix = "put the whole address into a file only this user can read, and name it as url_file";
            match authority {
                None => {
                    open.wrong(&place, "url", "`url` is no PostgreSQL address", "write it as postgres://user@host:5432/name");
                    None
                }
                Some(authority)
                    if authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || url.contains("password") =>
                {
                    open.wrong(&place, "url", "`url` holds a password", fix);
                    None
                }
                Some(_) => Some(PostgresUrl::Plain(url)),
            }
        }
    }
}

pub(super) fn vault(reader: &mut Reader, tree: &mut Tree) -> Option<std::path::PathBuf> {
    let mut open = reader.section(tree, "vault");
    let path = open.required_path("master_key_file", "\"focus-family.key\"");
    open.close();
    path
}

pub(super) fn mail(reader: &mut Reader, tree: &mut Tree) -> Option<MailSettings> {
    let mut open = reader.section(tree, "mail");
    let address = open
        .required("address", "\"…\", the mailbox that letters come from")
        .and_then(|found| address(&mut open, "address", found));
    if !open.has("sender_name") {
        open.default_shown("sender_name", "\"Focus Family\"");
    }
    let sender_name = open.text("sender_name").map_or_else(|| "Focus Family".to_owned(), |(name, _)| name);
    let mode = match open.word("mode", &["observe", "live"], Some("observe")) {
        Some("live") => Mode::Live,
        _ => Mode::Observe,
    };
    let detail = detail(&mut open);
    let only_to = only_to(&mut open);
    let answers_to = match open.word("answers_to", &["address", "sub_address"], Some("address")) {
        Some("sub_address") => AnswersTo::SubAddress,
        _ => AnswersTo::Address,
    };
    let hourly_max = u32::try_from(open.number("hourly_max", (1, 100_000), 120).unwrap_or(120)).expect("at most 100000");
    open.close();
    Some(MailSettings { address: address?, sender_name, mode, detail: detail?, only_to: only_to?, answers_to, hourly_max })
}

fn detail(open: &mut Open<'_>) -> Option<Detail> {
    if open.kind("detail", &["minimal", "trusted"], Some("minimal"))? == "minimal" {
        return Some(Detail::Minimal);
    }
    let place = open.place_of("trusted_domains");
    let domains = domains(open, "trusted_domains");
    if domains.is_empty() {
        open.wrong(
            &place,
            "trusted_domains",
            "detail = \"trusted\" needs the domains it may go to",
            "write trusted_domains = [\"council.example.org\"]",
        );
        return None;
    }
    Some(Detail::Trusted { domains })
}

fn only_to(open: &mut Open<'_>) -> Option<Recipients> {
    let place = open.place_of("only_to");
    let Some(listed) = open.list("only_to") else {
        open.default_shown("only_to", "everybody a letter is for");
        return Some(Recipients::Everybody);
    };
    if listed.is_empty() {
        open.wrong(
            &place,
            "only_to",
            "an empty `only_to` would let no letter leave",
            "name addresses or whole domains (\"*@council.example.org\"), or leave it out; to send nothing, write mode = \"observe\"",
        );
        return None;
    }
    let mut patterns = Vec::new();
    for (text, place) in listed {
        let checked = match text.strip_prefix("*@") {
            Some(domain) if domain_is_good(domain) => Some(text.to_ascii_lowercase()),
            Some(_) => None,
            None => address_is_good(&text).then(|| text.to_ascii_lowercase()),
        };
        match checked {
            Some(pattern) => patterns.push(AddressPattern(pattern)),
            None => open.wrong(
                &place,
                "only_to",
                "an entry of `only_to` is no address and no domain",
                "write \"name@domain\" or \"*@domain\"",
            ),
        }
    }
    Some(Recipients::Only(patterns))
}

pub(super) fn delivery(reader: &mut Reader, tree: &mut Tree) -> Option<Delivery> {
    let mut open = reader.section(tree, "delivery");
    let delivery = match open.kind("kind", &["hold", "maildir", "smtp", "graph"], Some("hold")) {
        Some("hold") => Some(Delivery::Hold),
        Some("maildir") => open.required_path("path", "\"outbox\"").map(|path| Delivery::Maildir { path }),
        Some("graph") => graph_sender(&mut open).map(|settings| Delivery::Graph(Box::new(settings))),
        Some(_) => smtp(&mut open),
        None => None,
    };
    open.close();
    delivery
}

fn smtp(open: &mut Open<'_>) -> Option<Delivery> {
    let host = open.required("host", "\"smtp.council.example.org\"");
    let tls_place = open.place_of("tls");
    let tls = match open.word("tls", &["starttls", "implicit", "none"], Some("starttls")) {
        Some("implicit") => Tls::Implicit,
        Some("none") => Tls::None,
        _ => Tls::StartTls,
    };
    let usual_port = if tls == Tls::Implicit { 465 } else { 587 };
    let port = open.number("port", (1, 65_535), usual_port);
    let ca_file = open.path("ca_file");
    let login = smtp_login(open, ca_file.as_ref());
    let (host, _) = host?;
    if tls == Tls::None && !["localhost", "127.0.0.1", "::1"].contains(&host.as_str()) {
        open.wrong(
            &tls_place,
            "tls",
            "tls = \"none\" to another machine would send letters in the clear",
            "write tls = \"starttls\" or \"implicit\"",
        );
        return None;
    }
    Some(Delivery::Smtp { host, port: u16::try_from(port?).expect("at most 65535"), tls, login, ca_file })
}

fn smtp_login(open: &mut Open<'_>, ca_file: Option<&std::path::PathBuf>) -> Option<Login> {
    let place = open.place_of("username");
    let username = open.personal("username");
    const LOGINS: &[&str] = &["password", "token_file", "client_secret", "client_certificate"];
    let proof = match open.word("login", LOGINS, Some("password")) {
        Some("password") => open.path("password_file").map(|file| ImapLogin::Password { file }),
        Some("token_file") => open.required_path("token_file", "\"smtp-token.txt\"").map(|file| ImapLogin::TokenFile { file }),
        Some(word) => registration(open, word, ca_file.cloned()).map(ImapLogin::Microsoft),
        None => None,
    };
    match (username, proof) {
        (None, None) => None,
        (Some((username, _)), Some(proof)) => Some(Login { username, proof }),
        _ => {
            let problem = "`username` and what proves it (`password_file`, or `login` with its own) go together";
            open.wrong(&place, "username", problem, "write both, or neither");
            None
        }
    }
}

pub(super) fn worker(reader: &mut Reader, tree: &mut Tree) -> ReaderSettings {
    let own = ReaderSettings::default();
    let mut open = reader.section(tree, "reader");
    let sandbox = match open.word("sandbox", &["enforced", "weakened"], Some("enforced")) {
        Some("weakened") => Sandbox::Weakened,
        _ => Sandbox::Enforced,
    };
    let settings = ReaderSettings {
        sandbox,
        worker_memory_mb: open.number("worker_memory_mb", (128, 16_384), own.worker_memory_mb).unwrap_or(own.worker_memory_mb),
        cpu_seconds: open.number("cpu_seconds", (1, 600), own.cpu_seconds).unwrap_or(own.cpu_seconds),
        wall_seconds: open.number("wall_seconds", (1, 1_800), own.wall_seconds).unwrap_or(own.wall_seconds),
        ocr: own.ocr,
    };
    open.close();
    ReaderSettings { ocr: ocr(reader, tree), ..settings }
}

fn ocr(reader: &mut Reader, tree: &mut Tree) -> OcrSettings {
    let own = OcrSettings::default();
    let mut open = reader.section(tree, "ocr");
    let program = match open.kind("kind", &["path", "program", "off"], Some("path")) {
        Some("program") => open.required_path("program", "\"/usr/bin/tesseract\"").map_or(own.program, OcrProgram::Named),
        Some("off") => OcrProgram::Off,
        _ => own.program,
    };
    if program == OcrProgram::Off {
        open.close();
        return OcrSettings { program, ..own };
    }
    let languages = languages(&mut open).unwrap_or(own.languages);
    let mail_seconds = open.number("mail_seconds", (1, 600), own.mail_seconds).unwrap_or(own.mail_seconds);
    open.close();
    OcrSettings { program, languages, mail_seconds }
}

fn languages(open: &mut Open<'_>) -> Option<String> {
    let Some(listed) = open.list("languages") else {
        open.default_shown("languages", "[\"eng\"]");
        return None;
    };
    let mut names = Vec::new();
    for (name, place) in listed {
        let plain = !name.is_empty() && name.len() <= 20 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain {
            names.push(name);
        } else {
            let fix = "write them as tesseract does: \"eng\", \"cym\"; `tesseract --list-langs` shows those there are";
            open.wrong(&place, "languages", "one of the `languages` is no name of a language", fix);
        }
    }
    if names.is_empty() {
        let place = open.place.clone();
        open.wrong(&place, "languages", "`languages` names none", "write languages = [\"eng\"], or leave the key out");
        return None;
    }
    Some(names.join("+"))
}

pub(super) fn web(reader: &mut Reader, tree: &mut Tree) -> Option<WebSettings> {
    let mut open = reader.section(tree, "web");
    let listen = match open.text("listen") {
        None => {
            open.default_shown("listen", "none: there are no pages, letters say how to look");
            Some(None)
        }
        Some((text, place)) => match text.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Some(Some(address)),
            Ok(_) => {
                let fix = "write 127.0.0.1 or [::1]; the pages have no sign-in, put a server that has one before them";
                open.wrong(&place, "listen", "`listen` is reachable from other machines", fix);
                None
            }
            Err(_) => {
                open.wrong(&place, "listen", "`listen` is no address with a port", "write listen = \"127.0.0.1:8080\"");
                None
            }
        },
    };
    let public_url = match open.text("public_url") {
        None => {
            let url = listen.flatten().map(|address| format!("http://{address}"));
            if let Some(url) = &url {
                open.default_shown("public_url", &format!("{url:?}"));
            }
            Some(url)
        }
        Some((text, place)) => {
            let good =
                ["https://", "http://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
                    && !text.contains(['@', '?', '#', ' ', '"', '<', '>']);
            if !good {
                open.wrong(
                    &place,
                    "public_url",
                    "`public_url` is no web address",
                    "write public_url = \"https://family.council.example.org\"",
                );
            }
            // Without pages there is nothing a name could lead to.
            good.then(|| listen.flatten().map(|_| text.trim_end_matches('/').to_owned()))
        }
    };
    let sign_in = match open.word("sign_in", &["none", "in_front"], Some("none")) {
        Some("in_front") => SignIn::InFront,
        _ => SignIn::None,
    };
    open.close();
    Some(WebSettings { listen: listen?, public_url: public_url?, sign_in })
}

/// A section that is nothing but a schedule; `own` holds without it.
pub(super) fn schedule(reader: &mut Reader, tree: &mut Tree, section: &'static str, own: &str) -> Option<Schedule> {
    let mut open = reader.section(tree, section);
    let schedule = match open.text("schedule") {
        None => {
            open.default_shown("schedule", &format!("{own:?}"));
            Some(Schedule(own.to_owned()))
        }
        Some((text, place)) => {
            let fields: Vec<&str> = text.split_whitespace().collect();
            let fix = format!("write minute, hour, day, month, weekday: \"{own}\"");
            if fields.len() != 5 {
                open.wrong(&place, "schedule", "`schedule` does not have five fields", fix);
                None
            } else if fields[4].contains(|c: char| c.is_ascii_digit()) {
                // Programs disagree whether 1 is Sunday or Monday, so a number here is a mistake waiting to happen.
                open.wrong(&place, "schedule", "the weekday of `schedule` is a number", "name the days: Mon-Fri or Mon,Thu");
                None
            } else if cron::Schedule::from_str(&format!("0 {}", fields.join(" "))).is_err() {
                open.wrong(&place, "schedule", "`schedule` is no cron line", fix);
                None
            } else {
                Some(Schedule(fields.join(" ")))
            }
        }
    };
    open.close();
    schedule
}

pub(super) fn contact(reader: &mut Reader, tree: &mut Tree) -> Option<Contact> {
    let mut open = reader.section(tree, "contact");
    let team = open.required("team_phone", "\"…\", your team's number").and_then(|found| phone(&mut open, "team_phone", found));
    let hub = open
        .required("hub_phone", "\"…\", your Safeguarding Hub's number")
        .and_then(|found| phone(&mut open, "hub_phone", found));
    let out_of_hours_phone = open.text("out_of_hours_phone").and_then(|found| phone(&mut open, "out_of_hours_phone", found));
    let administrator = open.personal("administrator").and_then(|found| address(&mut open, "administrator", found));
    open.close();
    Some(Contact { team_phone: team?, hub_phone: hub?, out_of_hours_phone, administrator: administrator.map(Personal::new) })
}

fn phone(open: &mut Open<'_>, key: &'static str, (text, place): (String, Place)) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let good = (3..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +()-".contains(c));
    if !good {
        open.wrong(&place, key, format!("`{key}` is no telephone number"), "write the number in digits and spaces, in quotes");
    }
    good.then_some(text)
}

pub(super) fn people(reader: &mut Reader, tree: &mut Tree) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (index, table) in reader.tables(tree, "people").into_iter().enumerate() {
        let mut open = Open::one(reader, "people", index, table);
        let here = open.place.clone();
        if !open.has("roles") {
            open.missing("roles", "[\"area_officer\"]");
        }
        let name = open.required_personal("name", "\"…\", the person's name");
        let address = open
            .required_personal("address", "\"…\", the person's mail address")
            .and_then(|found| self::address(&mut open, "address", found));
        let roles = names(&mut open, "roles", RoleName::new);
        let areas = names(&mut open, "areas", AreaName::new);
        if let Some(address) = &address
            && people.iter().any(|person| person.address.as_text() == address)
        {
            open.wrong(&here, "address", "two people have this address", "make them one person with all roles and areas");
        }
        if let (Some((name, _)), Some(address)) = (name, address) {
            people.push(Person { name: Personal::new(name), address: Personal::new(address), roles, areas, place: here });
        }
        open.close();
    }
    people
}

fn names<T>(open: &mut Open<'_>, key: &'static str, parse: impl Fn(&str) -> Result<T, crate::domain::ids::BadName>) -> Vec<T> {
    let mut names = Vec::new();
    for (text, place) in open.list(key).unwrap_or_default() {
        match parse(&text) {
            Ok(name) => names.push(name),
            Err(_) => open.wrong(
                &place,
                key,
                format!("an entry of `{key}` is no name"),
                "write it as the programme's folder does: a-z, 0-9, _ and -",
            ),
        }
    }
    names
}

pub(super) fn clock(reader: &mut Reader, tree: &mut Tree) -> Option<ClockSettings> {
    let mut open = reader.section(tree, "clock");
    let clock = match open.kind("kind", &["machine", "scripted"], Some("machine")) {
        Some("machine") => Some(ClockSettings::Machine),
        Some(_) => {
            let start = open.required("start", "\"2026-11-23T07:00:00Z\"").and_then(|(text, place)| {
                let parsed = text.parse::<Instant>();
                if parsed.is_err() {
                    open.wrong(&place, "start", "`start` is no moment", "write start = \"2026-11-23T07:00:00Z\"");
                }
                parsed.ok()
            });
            let seed = open.number("seed", (0, i64::MAX.unsigned_abs()), 1);
            start.zip(seed).map(|(start, seed)| ClockSettings::Scripted { start, seed })
        }
        None => None,
    };
    open.close();
    clock
}

pub(super) fn domains(open: &mut Open<'_>, key: &'static str) -> Vec<Domain> {
    let mut domains = Vec::new();
    for (text, place) in open.list(key).unwrap_or_default() {
        if domain_is_good(&text) {
            domains.push(Domain(text.to_ascii_lowercase()));
        } else {
            open.wrong(
                &place,
                key,
                format!("an entry of `{key}` is no mail domain"),
                "write what stands behind the @: \"council.example.org\"",
            );
        }
    }
    domains
}

fn address(open: &mut Open<'_>, key: &'static str, (text, place): (String, Place)) -> Option<String> {
    let good = address_is_good(&text);
    if !good {
        open.wrong(&place, key, format!("`{key}` is no mail address"), "write name@domain, without a display name");
    }
    good.then(|| text.to_ascii_lowercase())
}

fn address_is_good(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        (1..=64).contains(&local.len())
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && domain_is_good(domain)
    })
}

pub(super) fn domain_is_good(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').count() >= 2
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}
