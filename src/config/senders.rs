//! Who may be believed to have sent a mail: how a mailbox is trusted, and the agencies that are known.

use super::reader::{Open, Reader};
use super::sections::{Tree, domain_is_good, domains};
use super::settings::{Agency, Domain, Trust};

pub(super) fn trust(open: &mut Open<'_>) -> Trust {
    let word = open.word("trust", &["border_checked", "border_results", "unproven"], Some("unproven"));
    let (place, servers) = (open.place_of("border_servers"), open.list("border_servers"));
    let example = "write border_servers = [\"mx.council.example.org\"], as its headers begin, or [\"exchange-online\"]";
    match (word, servers) {
        (Some("border_results"), Some(servers)) if !servers.is_empty() => {
            Trust::Results { servers: servers.into_iter().map(|(name, _)| name).collect() }
        }
        (Some("border_results"), _) => {
            let problem = "trust = \"border_results\" needs the names under which your border server writes its results";
            open.wrong(&place, "border_servers", problem, example);
            Trust::Unproven
        }
        (word, servers) => {
            if servers.is_some() {
                let problem = "`border_servers` has a meaning only with trust = \"border_results\"";
                open.wrong(&place, "border_servers", problem, "write trust = \"border_results\", or take it out");
            }
            if word == Some("border_checked") { Trust::BorderChecked } else { Trust::Unproven }
        }
    }
}

pub(super) fn known_agencies(reader: &mut Reader, tree: &mut Tree) -> Vec<Agency> {
    let mut open = reader.section(tree, "known_agencies");
    let domains = domains(&mut open, "domains");
    open.close();
    domains.into_iter().map(|domain| Agency { domain, title: None }).collect()
}

pub(super) fn agencies(reader: &mut Reader, tree: &mut Tree) -> Vec<Agency> {
    let mut agencies = Vec::new();
    for (index, table) in reader.tables(tree, "agencies").into_iter().enumerate() {
        let mut open = Open::one(reader, "agencies", index, table);
        let domain = open.required("domain", "\"school.example.org\"");
        let title = open.required("title", "\"Westbeck School\"").map(|(title, _)| title);
        match domain {
            Some((text, _)) if domain_is_good(&text) => {
                agencies.push(Agency { domain: Domain(text.to_ascii_lowercase()), title });
            }
            Some((_, place)) => {
                let fix = "write what stands behind the @: \"school.example.org\"";
                open.wrong(&place, "domain", "`domain` is no mail domain", fix);
            }
            None => {}
        }
        open.close();
    }
    agencies
}
