//! Every setting there is, by section. The reader refuses any other, and a test holds the example file to this list.

/// A section: its name in the file and the keys it may hold, of all its kinds together.
pub type Section = (&'static str, &'static [&'static str]);

/// The keys of whatever is a folder, a server or a mailbox at Microsoft 365, behind keys of its own.
macro_rules! at_a_server {
    ($($own:literal),*) => {
        &[
            $($own,)*
            "kind",
            "path",
            "host",
            "port",
            "tls",
            "ca_file",
            "username",
            "login",
            "password_file",
            "token_file",
            "user",
            "tenant",
            "client_id",
            "client_secret_file",
            "certificate_file",
            "key_file",
            "authority",
            "endpoint",
        ]
    };
}

/// Every section.
pub const SECTIONS: &[Section] = &[
    ("programme", &["folder", "templates", "rule_pack"]),
    ("criteria", &["reading"]),
    ("store", &["kind", "path", "url", "url_file", "connections"]),
    ("vault", &["master_key_file"]),
    ("mailboxes", at_a_server!["name", "trust", "border_servers", "folders", "processed", "junk", "look_seconds"]),
    ("mail", &["address", "sender_name", "mode", "detail", "trusted_domains", "only_to", "answers_to", "hourly_max"]),
    ("delivery", at_a_server![]),
    ("reader", &["sandbox", "worker_memory_mb", "cpu_seconds", "wall_seconds"]),
    ("scan", &["clamd", "unscanned", "seconds", "largest_mb"]),
    ("canary", &["every_minutes", "late_minutes"]),
    ("ocr", &["kind", "program", "languages", "mail_seconds"]),
    ("web", &["listen", "public_url", "sign_in"]),
    ("digest", &["schedule"]),
    ("housekeeping", &["schedule"]),
    ("contact", &["team_phone", "hub_phone", "out_of_hours_phone", "administrator"]),
    ("people", &["name", "address", "roles", "areas"]),
    ("known_agencies", &["domains"]),
    ("agencies", &["domain", "title"]),
    ("clock", &["kind", "start", "seed"]),
];

/// The keys of `section`.
#[must_use]
pub fn of(section: &str) -> Option<&'static [&'static str]> {
    SECTIONS.iter().find(|(name, _)| *name == section).map(|(_, keys)| *keys)
}
