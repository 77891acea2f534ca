//! Numbers, people and domains of the example settings: made up, and never to be written to or rung by anybody real.

use crate::cli::report::{Finding, Findings};
use crate::config::{ClockSettings, Detail, Mode, Settings};

/// Beginnings of numbers that Ofcom keeps for drama: nobody answers there, and nobody ever will.
const NUMBERS: &[&str] = &[
    "01632960", "07700900", "02079460", "08081570", "03069990", "01134960", "01144960", "01154960", "01164960", "01174960",
    "01184960", "01214960", "01314960", "01414960", "01514960", "01614960", "01914980", "02890180", "02920180", "09098790",
];
/// Domains that RFC 2606 and RFC 6761 keep for examples, with all below them.
const DOMAINS: &[&str] = &["example.org", "example.com", "example.net", "example", "invalid", "test"];

/// While letters leave, whatever is still made up is a failure: a family in danger would be told to ring nobody. A demonstration, whose
/// clock is scripted, is all made up and stays so.
pub fn check(settings: &Settings, findings: &mut Findings) {
    if settings.mail.mode != Mode::Live || settings.clock != ClockSettings::Machine {
        return;
    }
    let contact = &settings.contact;
    let numbers = [
        ("team_phone", Some(&contact.team_phone), "your team's number"),
        ("hub_phone", Some(&contact.hub_phone), "your Safeguarding Hub's number"),
        ("out_of_hours_phone", contact.out_of_hours_phone.as_ref(), "your emergency duty team's number, or leave the key out"),
    ];
    for (key, number, whose) in numbers {
        if number.is_some_and(|number| is_made_up_number(number)) {
            let says = format!(
                "{}: `{key}` in [contact] is a made-up number, and letters tell people to ring it",
                place_of(settings, &format!("contact.{key}"))
            );
            findings.checks.push(Finding::failed("contact", says, format!("write {whose}")));
        }
    }
    let administrator = contact.administrator.as_ref();
    let addresses = [
        ("mail.address", "address", "mail", Some(settings.mail.address.as_str()), "the address of your own mailbox"),
        (
            "contact.administrator",
            "administrator",
            "contact",
            administrator.map(|address| address.as_text()),
            "the address of whoever looks after the program, or leave the key out",
        ),
    ];
    for (dotted, key, section, address, fix) in addresses {
        if address.is_some_and(is_made_up_address) {
            let says = format!("{}: `{key}` in [{section}] is a made-up address", place_of(settings, dotted));
            findings.checks.push(Finding::failed("contact", says, format!("write {fix}")));
        }
    }
    let people = settings.people.iter().filter(|person| is_made_up_address(person.address.as_text()));
    for person in people {
        let roles: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
        let says = format!("{}: the [[people]] entry for {} has a made-up address", person.place, roles.join(", "));
        findings.checks.push(Finding::failed("people", says, "write the person who does this, or take the entry out"));
    }
    let mut domains: Vec<&str> = settings.known_agencies.iter().map(|agency| agency.domain.as_str()).collect();
    if let Detail::Trusted { domains: trusted } = &settings.mail.detail {
        domains.extend(trusted.iter().map(|domain| domain.as_str()));
    }
    domains.sort_unstable();
    domains.dedup();
    for domain in domains.into_iter().filter(|domain| is_made_up_domain(domain)) {
        let says = format!("{}: the domain `{domain}` is kept for examples", settings_file(settings));
        findings.checks.push(Finding::failed("agencies", says, "write the agency's own mail domain, or take the entry out"));
    }
}

/// Where a setting is written.
fn place_of(settings: &Settings, key: &str) -> String {
    let shown = settings.masked().iter().find(|shown| shown.key == key);
    shown.map_or_else(|| settings_file(settings), |shown| shown.origin.clone())
}

fn settings_file(settings: &Settings) -> String {
    settings.file.as_ref().map_or_else(|| "environment".to_owned(), |file| file.display().to_string())
}

fn is_made_up_number(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let abroad = digits.strip_prefix("0044").or_else(|| digits.strip_prefix("44").filter(|_| number.trim().starts_with('+')));
    let national = abroad.map_or(digits.clone(), |rest| format!("0{}", rest.trim_start_matches('0')));
    NUMBERS.iter().any(|begin| national.starts_with(begin))
}

fn is_made_up_address(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| is_made_up_domain(domain))
}

fn is_made_up_domain(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    DOMAINS.iter().any(|made_up| domain.strip_suffix(made_up).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_domains_kept_for_examples_are_known_however_they_are_written() {
        for number in ["01632 960999", "+44 1632 960 100", "0044 (0)1632 960100", "07700-900123", "020 7946 0018"] {
            assert!(is_made_up_number(number), "{number}");
        }
        for number in ["01228 526690", "+44 1228 526690", "999", "0333 240 1727", "01632 961000"] {
            assert!(!is_made_up_number(number), "{number}");
        }
        for address in ["a@example.org", "a@Council.Example.org", "a@council.example", "a@mail.test"] {
            assert!(is_made_up_address(address), "{address}");
        }
        for address in ["a@cumberland.gov.uk", "a@notexample.org", "a@contest", "a@example.org.uk"] {
            assert!(!is_made_up_address(address), "{address}");
        }
    }
}
