//! Every setting there is, by section. The reader refuses any other, and a test holds the example file to this list.

/// A section: its name in the file and the keys it may hold, of all its kinds together.
pub type Section = (&'static str, &'static [&'static str]);

/// Every section.
pub const SECTIONS: &[Section] = &[
    ("programme", &["folder", "templates", "rule_pack"]),
    ("criteria", &["reading"]),
    ("store", &["kind", "path", "url", "url_file", "connections"]),
    ("vault", &["master_key_file"]),
    (
        "mailboxes",
        &[
            "name",
            "kind",
            "path",
            "trust",
            "border_servers",
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
            "folders",
            "processed",
            "junk",
            "look_seconds",
        ],
    ),
    ("mail", &["address", "sender_name", "mode", "detail", "trusted_domains", "only_to", "answers_to", "hourly_max"]),
    (
        "delivery",
        &[
            "kind",
            "path",
            "host",
            "port",
            "tls",
            "username",
            "login",
            "password_file",
            "token_file",
            "ca_file",
            "user",
            "endpoint",
            "tenant",
            "client_id",
            "client_secret_file",
            "certificate_file",
            "key_file",
            "authority",
        ],
    ),
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
