//! Who sends the family: the form first, then the signature under the letter, then the sender's header.

use super::beside;
use super::introduction;
use super::members::single;
use super::names;
use super::papers::{Origin, Paper};
use super::postcode::{email, phone};
use super::sheet::{GridCell, Node};
use super::slot::Slot;
use super::text::{bare, fold, word_count};
use super::words::Lexicon;
use crate::domain::document::Method;
use crate::domain::document::words::GAP;
use crate::domain::nomination::{Answer, Member, Reading, Referrer, Source};
use crate::domain::personal::Personal;

/// A sender as a header or a quoted head names it.
struct Sender {
    name: Option<String>,
    address: String,
}

/// The referrer of the nomination.
pub(super) fn referrer(reading: &Reading, papers: &[&Paper<'_>], lexicon: &Lexicon<'_>) -> Referrer {
    let mut referrer = Referrer::default();
    for paper in papers.iter().filter(|paper| paper.is_nomination()) {
        from_form(paper, lexicon, &mut referrer);
    }
    // A scan may cut a name short; then the sender's is the whole one.
    let is_cut = |name: &Answer<String>| {
        name.sources.iter().any(|source| source.method == Method::Ocr)
            && name.value.reveal().split_whitespace().next_back().is_some_and(|last| last.chars().count() <= 2)
    };
    if referrer.name.as_ref().is_some_and(is_cut) {
        referrer.name = None;
    }
    let written = referrer.name.as_ref().map(|name| names::clean(name.value.reveal(), lexicon));
    let own: String = papers.iter().filter(|paper| paper.origin == Origin::Body).map(|paper| paper.words.as_str()).collect();
    let forwarded = super::mail_kind::forwards(&reading.message.subject, &own);
    let sender = sender(reading, papers, forwarded);
    // Who is known by name: what stands beside it on the form is said of that person.
    let header = sender.as_ref().and_then(|sender| {
        sender.name.as_deref().and_then(|name| of_header(name, lexicon)).or_else(|| of_address(&sender.address, lexicon))
    });
    let known = written.or(header);
    for paper in papers.iter().filter(|paper| paper.origin == Origin::File && (paper.is_nomination() || is_letter(paper))) {
        if let Some(name) = &known {
            beside::beside(paper, name, lexicon, &mut referrer);
        }
        if referrer.role.is_none() || referrer.name.is_none() {
            from_signature(paper, &sender, None, lexicon, &mut referrer);
        }
    }
    let introduced = letter_papers(papers, forwarded).into_iter().find_map(|paper| introduction::introduced(paper, lexicon));
    for paper in letter_papers(papers, forwarded) {
        // `My details: Tom Oduya, Health Visitor, Fellside Trust`: as on a form.
        let run = paper.form.answers_to("referrer_name").find(|answer| answer.slot.text().contains(','));
        if let Some(run) = run.filter(|_| !paper.is_nomination()) {
            from_run(&run.slot, paper.name, lexicon, &mut referrer);
        }
        let name = introduced.as_ref().and_then(|introduced| introduced.name.as_ref()).map(|name| name.value.reveal().as_str());
        from_signature(paper, &sender, name, lexicon, &mut referrer);
    }
    if let Some(introduced) = introduced {
        introduction::fill(introduced, &mut referrer);
    }
    for paper in letter_papers(papers, forwarded) {
        introduction::own_phone(paper, lexicon, &mut referrer);
    }
    let named = known.or_else(|| referrer.name.as_ref().map(|name| names::clean(name.value.reveal(), lexicon)));
    if let Some(name) = named.filter(|_| referrer.role.is_none() || referrer.organisation.is_none() || referrer.phone.is_none()) {
        for paper in papers.iter().filter(|paper| paper.is_nomination() && paper.origin != Origin::File) {
            beside::beside(paper, &name, lexicon, &mut referrer);
        }
    }
    if let Some(sender) = &sender {
        for paper in papers.iter().filter(|paper| paper.is_nomination() || is_letter(paper)) {
            beside::letterhead(paper, &sender.address, lexicon, &mut referrer);
        }
    }
    from_header(&sender, lexicon, &mut referrer);
    referrer
}

/// `Hannah Nixon` of `NIXON, Hannah 2214`: the name of a person as the mail's header gives it, if it is one's.
fn of_header(name: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    let turned = turned(name);
    let words: Vec<&str> = turned.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect();
    let words: Vec<String> = words.into_iter().map(names::proper).collect();
    Some(names::clean(&words.join(" "), lexicon)).filter(|name| is_persons(name, lexicon))
}

/// `hannah.nixon2214@…` → `Hannah Nixon`: a name to look for, and none by itself.
fn of_address(address: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    let local = address.split('@').next()?.trim_end_matches(|c: char| c.is_ascii_digit());
    let (given, family) = local.split_once('.')?;
    let letters = |part: &str| part.len() >= 3 && part.chars().all(char::is_alphabetic);
    let name = format!("{} {}", names::proper(given), names::proper(family));
    (letters(given) && letters(family) && is_persons(&name, lexicon)).then_some(name)
}

/// A file that is a letter: it ends as one.
pub(super) fn is_letter(paper: &Paper<'_>) -> bool {
    paper.origin == Origin::File
        && !paper.is_assessment()
        && paper.words.lines().any(|line| line.starts_with("yours ") || line.starts_with("dear "))
}

fn from_form(paper: &Paper<'_>, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    let answered = |field: &str, section: bool| -> Option<Slot> {
        let mut answers = paper.form.answers_to(field).filter(|answer| !section || answer.section == "referrer");
        answers.find(|answer| !answer.slot.is_blank(lexicon)).map(|answer| answer.slot.clone())
    };
    let fill = |place: &mut Option<Answer<String>>, found: Option<(String, Slot)>| {
        if place.is_none() {
            *place = found.map(|(value, slot)| single(value, slot.source(paper.name, "", 1.0)));
        }
    };
    // `From: Ros Eilbeck <ros@…>` heads a mail; `Nominated by: Ros Eilbeck, Family Worker` below it says more.
    let says_more = paper.form.answers_to("referrer_name").map(|answer| &answer.slot).find(|slot| {
        let text = slot.text();
        text.contains(',') && !text.contains('@') && is_persons(text.split(',').next().unwrap_or_default().trim(), lexicon)
    });
    let written = match answered("referrer_name", false) {
        Some(first) if first.text().contains('@') => says_more.cloned().or(Some(first)),
        first => first,
    };
    let name = written
        .clone()
        .and_then(|slot| {
            // `Jo Church, Family Befriender`: the name ends before the comma, unless it stands surname first.
            let text = slot.text();
            let first = text.split([',', ';', '(', '|']).next().map(str::trim).filter(|first| is_persons(first, lexicon));
            let text = first.unwrap_or(&text);
            let name = ranked(text, lexicon).unwrap_or_else(|| names::clean(text, lexicon));
            (names::looks_like_name(&name, lexicon) || ranked(&slot.text(), lexicon).is_some()).then_some((name, slot))
        })
        .or_else(|| {
            let (first, family) = (answered("referrer_first_name", false)?, answered("referrer_family_name", false)?);
            Some((format!("{} {}", first.text(), family.text()), first))
        });
    let run = written.filter(|slot| slot.text().contains([',', '(', ';']));
    fill(&mut referrer.name, name);
    let unboxed = |slot: &Slot| !slot.has_box();
    fill(&mut referrer.role, answered("role", true).filter(unboxed).and_then(|slot| Some((slot.answer(lexicon)?, slot))));
    let organisation = beside::wide_organisation(paper, lexicon).or_else(|| answered("organisation", true)).filter(unboxed);
    fill(&mut referrer.organisation, organisation.and_then(|slot| Some((slot.answer(lexicon)?, slot))));
    fill(&mut referrer.phone, answered("phone", true).and_then(|slot| Some((phone(&slot.text())?, slot))));
    fill(&mut referrer.email, answered("email", true).and_then(|slot| Some((email(&slot.text())?, slot))));
    let contact = answered("contact", true);
    fill(&mut referrer.phone, contact.clone().and_then(|slot| Some((phone(&slot.text())?, slot))));
    fill(&mut referrer.email, contact.and_then(|slot| Some((email(&slot.text())?, slot))));
    if let Some(slot) = run {
        from_run(&slot, paper.name, lexicon, referrer);
    }
    from_lines(paper, lexicon, referrer);
}

/// Lines under the referrer's heading without a label: the first that is a name, and those behind it.
fn from_lines(paper: &Paper<'_>, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    let lines = &paper.form.referrer_lines;
    let named = |slot: &Slot| {
        let text = slot.text();
        let first = text.split([',', '(', ';']).next().unwrap_or_default().trim();
        is_persons(&names::clean(first, lexicon), lexicon)
    };
    let Some(start) = lines.iter().position(named) else {
        // `Direct line 01632 960733` below the name that its label asked for.
        for slot in lines.iter().filter(|_| referrer.name.is_some()) {
            let text = slot.text();
            for (place, value) in [(&mut referrer.phone, phone(&text)), (&mut referrer.email, email(&text))] {
                if place.is_none() {
                    *place = value.map(|value| single(value, slot.source(paper.name, "", 0.85)));
                }
            }
        }
        return;
    };
    let run: Vec<String> = lines[start..].iter().take(6).map(Slot::text).collect();
    let known = referrer.name.as_ref().map(|name| bare(name.value.reveal()));
    if known.is_none_or(|known| run[0].split(',').next().is_some_and(|first| bare(&names::clean(first, lexicon)) == known)) {
        from_run(&Slot::of_text(&run.join(", "), &lines[start]), paper.name, lexicon, referrer);
    }
}

/// Two names or more with capitals, and no trade or agency.
fn is_persons(name: &str, lexicon: &Lexicon<'_>) -> bool {
    let thing = ["organisation_words", "role_words", "not_people", "school_words"];
    word_count(name) >= 2
        && name.split_whitespace().all(|word| word.starts_with(char::is_uppercase) || lexicon.is("name_particles", word))
        && names::looks_like_name(name, lexicon)
        && !names::speaks_as_form(name, lexicon)
        && (names::ends_in_a_word(name, lexicon) || thing.iter().all(|list| lexicon.mentions(list, name).is_none()))
}

/// `PC 4471 Rebecca Nairn`: a rank, a number and a name, which belong together.
fn ranked(text: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [rank, number, name @ ..] = words.as_slice() else { return None };
    let numbered = number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
    let name = name.join(" ");
    (lexicon.is("titles", rank) && numbered && is_persons(&name, lexicon)).then(|| format!("{rank} {number} {name}"))
}

/// `Sgt Paul Reay, Neighbourhood Policing Team, 01632 960222`: each part goes where it fits.
pub(super) fn from_run(slot: &Slot, document: &str, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    let text = slot.text();
    let fill = |place: &mut Option<Answer<String>>, value: Option<String>| {
        if place.is_none() {
            *place = value.map(|value| single(value, slot.source(document, "", 0.85)));
        }
    };
    fill(&mut referrer.phone, phone(&text));
    fill(&mut referrer.email, email(&text));
    // A full stop ends a run too: `…, Hill Project. Phone: 01632 960702`.
    let parts = text.split([',', ';', '(', ')', '|', GAP]).flat_map(|part| part.split(" – ")).flat_map(|part| part.split(". "));
    let parts: Vec<&str> =
        parts.map(|part| part.trim().trim_end_matches('.')).filter(|part| part.chars().any(char::is_alphanumeric)).collect();
    let Some((first, rest)) = parts.split_first() else { return };
    let name = ranked(first, lexicon).unwrap_or_else(|| names::clean(first, lexicon));
    fill(&mut referrer.name, Some(name).filter(|name| names::looks_like_name(name, lexicon)));
    let told: Vec<&str> = rest.iter().copied().filter(|part| phone(part).is_none() && email(part).is_none()).collect();
    let is_organisation = |part: &str| {
        !is_trade(part, lexicon)
            && ["organisation_words", "school_words"].iter().any(|list| lexicon.mentions(list, part).is_some())
    };
    let is_role = |part: &str| {
        is_trade(part, lexicon)
            || lexicon.mentions("role_words", part).is_some() && lexicon.mentions("organisation_words", part).is_none()
    };
    // Name, job, agency: what the words do not tell the order does.
    if let [role, organisation, ..] = told.as_slice()
        && is_organisation(role)
        && is_organisation(organisation)
        && !is_role(organisation)
        && referrer.role.is_none()
        && referrer.organisation.is_none()
    {
        fill(&mut referrer.role, Some((*role).to_owned()));
        fill(&mut referrer.organisation, Some((*organisation).to_owned()));
        return;
    }
    let mut untold: Vec<&str> = Vec::new();
    for part in &told {
        if is_role(part) {
            fill(&mut referrer.role, Some((*part).to_owned()));
        } else if is_organisation(part) {
            fill(&mut referrer.organisation, Some((*part).to_owned()));
        } else if part.starts_with(char::is_uppercase) && word_count(part) <= 6 && !part.contains(|c: char| c.is_ascii_digit()) {
            untold.push(part);
        }
    }
    // `Ada Bell (Family Befriender)`: what stands in a bracket straight behind the name is the job.
    let bracketed = text.find('(').is_some_and(|at| text[..at].trim().trim_end_matches(',').ends_with(first));
    let mut untold = untold.into_iter().filter(|part| rest.len() >= 2 || bracketed && word_count(part) >= 2);
    if referrer.role.is_none() {
        fill(&mut referrer.role, untold.next().filter(|part| told.first() == Some(part)).map(str::to_owned));
    }
    let known = referrer.role.as_ref().map(|role| bare(role.value.reveal()));
    fill(&mut referrer.organisation, untold.find(|part| known.as_ref() != Some(&bare(part))).map(str::to_owned));
}

/// `Neighbourhood Housing Officer`: its last word says what somebody is, whatever the agency before it.
pub(super) fn is_trade(part: &str, lexicon: &Lexicon<'_>) -> bool {
    let last = part.split_whitespace().next_back().unwrap_or_default().trim_matches(|c: char| !c.is_alphanumeric());
    lexicon.is("role_words", last) && !lexicon.is("organisation_words", last)
}

/// The letters of the mail, the innermost first: who forwards is not who nominates.
fn letter_papers<'p, 'r>(papers: &'p [&'p Paper<'r>], forwarded: bool) -> Vec<&'p Paper<'r>> {
    let counts = |paper: &Paper<'_>| paper.origin == Origin::Inner || (paper.origin == Origin::Quoted && forwarded);
    let inner: Vec<_> = papers.iter().copied().filter(|paper| counts(paper)).collect();
    if inner.is_empty() { papers.iter().copied().filter(|paper| paper.origin == Origin::Body).collect() } else { inner }
}

/// The first writer: of a forwarded mail the one inside.
fn sender(reading: &Reading, papers: &[&Paper<'_>], forwarded: bool) -> Option<Sender> {
    let attached = papers.iter().filter(|paper| paper.origin == Origin::Inner).find_map(|paper| {
        let from = paper.document.notes.iter().find_map(|note| note.strip_prefix("from: "))?;
        read_sender(from)
    });
    let quoted = papers.iter().filter(|paper| paper.origin == Origin::Quoted && forwarded).find_map(|paper| {
        paper.nodes.iter().take(6).find_map(|node| {
            let Node::Line(slot) = node else { return None };
            let text = slot.lines_text();
            text.lines().find_map(|line| line.trim().strip_prefix("From:").and_then(read_sender))
        })
    });
    attached.or(quoted).or_else(|| {
        let first = reading.message.from.first()?;
        Some(Sender { name: first.name.clone(), address: first.address.clone() })
    })
}

fn read_sender(text: &str) -> Option<Sender> {
    let address = email(text)?;
    let name = text
        .split(['<', '['])
        .next()
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty() && !name.contains('@'));
    Some(Sender { name, address })
}

/// Lines of a signature: the name, then role and organisation, then how to reach.
fn from_signature(
    paper: &Paper<'_>,
    sender: &Option<Sender>,
    introduced: Option<&str>,
    lexicon: &Lexicon<'_>,
    referrer: &mut Referrer,
) {
    let slots: Vec<Slot> = paper
        .nodes
        .iter()
        .flat_map(|node| match node {
            Node::Line(slot) => vec![slot.clone()],
            Node::Grid(grid) => grid.rows.iter().filter_map(|row| row_line(row)).collect(),
        })
        .flat_map(|slot| {
            let text = slot.lines_text();
            text.lines().map(|line| Slot::of_text(line, &slot)).collect::<Vec<_>>()
        })
        .collect();
    let wanted = referrer
        .name
        .as_ref()
        .map(|name| name.value.reveal().clone())
        .or_else(|| sender.as_ref().and_then(|sender| sender.name.clone()).filter(|name| is_of_person(name, lexicon)))
        .or_else(|| introduced.map(str::to_owned));
    let closing = slots.iter().rposition(|slot| lexicon.is("closings", &slot.text()));
    let start = wanted
        .as_ref()
        .and_then(|wanted| slots.iter().rposition(|slot| same_name(&slot.text(), wanted, lexicon)))
        .or_else(|| {
            closing
                .map(|at| at + 1)
                .filter(|at| wanted.is_none() && slots.get(*at).is_some_and(|slot| names::looks_like_name(&slot.text(), lexicon)))
        });
    let run = wanted.as_ref().and_then(|wanted| slots.iter().rev().find(|slot| is_signature_of(&slot.text(), wanted, lexicon)));
    if let Some(run) = run {
        from_run(run, paper.name, lexicon, referrer);
    }
    let Some(start) = start else { return };
    let fill = |place: &mut Option<Answer<String>>, value: String, slot: &Slot, sure: f32| {
        if place.is_none() {
            *place = Some(single(value, slot.source(paper.name, "signature", sure)));
        }
    };
    let written = names::clean(&slots[start].text(), lexicon);
    if word_count(&written) > 1 {
        fill(&mut referrer.name, written, &slots[start], 0.9);
    }
    let mut plain: Vec<&Slot> = Vec::new();
    for slot in slots.iter().skip(start + 1).take(9) {
        let text = slot.text();
        if lexicon.mentions("disclaimers", &text).is_some() || word_count(&text) > 14 || fold(&text).starts_with("from:") {
            break;
        }
        if let Some(found) = email(&text) {
            fill(&mut referrer.email, found, slot, 0.9);
        }
        if let Some(found) = phone(&text) {
            fill(&mut referrer.phone, found, slot, 0.9);
        }
        // On a form the line below may be the next label, left without an answer.
        let asks = lexicon.label(&text);
        if asks.is_some_and(|label| paper.origin == Origin::File || matches!(label.field.as_str(), "organisation" | "role")) {
            break;
        }
        if email(&text).is_none() && phone(&text).is_none() && !text.contains(':') && !text.is_empty() && plain.len() < 3 {
            plain.push(slot);
        }
    }
    let is_organisation = |slot: &Slot| lexicon.mentions("organisation_words", &slot.text()).is_some();
    let is_role = |slot: &Slot| lexicon.mentions("role_words", &slot.text()).is_some();
    let is_organisation = |slot: &Slot| is_organisation(slot) && !is_trade(&slot.text(), lexicon);
    match plain.as_slice() {
        [] => {}
        [one] if is_organisation(one) && !is_role(one) => fill(&mut referrer.organisation, one.text(), one, 0.85),
        [one] if is_role(one) => {
            // `Family Support Coordinator, Homestart West Cumbria`
            let text = one.text();
            let (role, organisation) = text.split_once(", ").unwrap_or((&text, ""));
            let apart = lexicon.mentions("role_words", role).is_some() && organisation.starts_with(char::is_uppercase);
            if apart {
                fill(&mut referrer.organisation, organisation.to_owned(), one, 0.75);
            }
            fill(&mut referrer.role, if apart { role.to_owned() } else { text.clone() }, one, 0.85);
        }
        [_] => {}
        [first, second, ..] if is_organisation(first) && !is_role(first) => {
            fill(&mut referrer.organisation, first.text(), first, 0.8);
            if is_role(second) {
                fill(&mut referrer.role, second.text(), second, 0.8);
            }
        }
        [role, organisation, ..] => {
            if is_role(role) || is_organisation(organisation) {
                fill(&mut referrer.role, role.text(), role, 0.85);
                fill(&mut referrer.organisation, organisation.text(), organisation, 0.85);
            }
        }
    }
}

/// A row of a table as the line it looks like.
fn row_line(row: &[GridCell]) -> Option<Slot> {
    let text: Vec<String> = row.iter().filter(|cell| !cell.repeated).map(|cell| cell.slot.text()).collect();
    Some(Slot::of_text(text.join(" ").trim(), &row.first()?.slot))
}

/// `Neil Sharrock, Probation Officer, 01632 960150`, `Priya Nair | Housing Officer`: a signature of one line.
fn is_signature_of(line: &str, wanted: &str, lexicon: &Lexicon<'_>) -> bool {
    let Some((name, rest)) = line.split_once([',', '|', ';']) else { return false };
    let tells = phone(rest).is_some() || lexicon.mentions("role_words", rest).is_some();
    tells && !line.ends_with('.') && word_count(name) > 1 && same_name(name, wanted, lexicon) && word_count(line) <= 40
}

/// `Head`, `Reception`, `tasha_b` name a desk or a mailbox.
fn is_of_person(name: &str, lexicon: &Lexicon<'_>) -> bool {
    // `Bernice C` is not the whole name; the signature may have it.
    let cut_short = name.split_whitespace().next_back().is_some_and(|last| last.trim_end_matches('.').chars().count() == 1);
    lexicon.mentions("not_people", name).is_none()
        && !cut_short
        && (word_count(name) > 1 || names::looks_like_name(name, lexicon) && lexicon.mentions("role_words", name).is_none())
}

/// Who nominates the own family is the referrer, where no header or signature gives the whole name.
pub(super) fn is_of_family(writer: &Member, referrer: &mut Referrer) {
    let sources = writer.given_name.as_ref().map(|given| given.sources.clone()).unwrap_or_default();
    let name = super::members::full_name(writer);
    // `W Thornber` of a mailbox is the Wesley Thornber who writes.
    let short = |known: &str| {
        let (known, name) = (bare(known), bare(&name));
        let initial = known.split(' ').next().filter(|first| first.trim_end_matches('.').len() == 1);
        initial.is_some_and(|first| name.starts_with(first.trim_end_matches('.')))
            && known.split(' ').next_back() == name.split(' ').next_back()
    };
    let known = referrer.name.as_ref().map(|name| name.value.reveal());
    let known = known.is_some_and(|known| word_count(known) > 1 && !short(known));
    if !known && word_count(&name) > 1 {
        referrer.name = Some(Answer { value: Personal::new(name), sources, others: Vec::new() });
    }
}

fn same_name(line: &str, wanted: &str, lexicon: &Lexicon<'_>) -> bool {
    let (line, wanted) = (bare(&names::clean(line, lexicon)), bare(&names::clean(wanted, lexicon)));
    !line.is_empty() && (line == wanted || wanted.split(' ').next() == Some(line.as_str()))
}

fn from_header(sender: &Option<Sender>, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    let Some(sender) = sender else { return };
    let source = |quote: &str| Source {
        document: Personal::from("body"),
        page: 1,
        place: "sender of the mail".to_owned(),
        quote: Personal::from(quote),
        method: Method::Text,
        confidence: 0.7,
    };
    let header_name = sender
        .name
        .as_ref()
        .map(|name| turned(name))
        .filter(|name| word_count(name) >= 2 && names::looks_like_name(name, lexicon));
    let known = referrer.name.as_ref().map(|name| bare(name.value.reveal()));
    if referrer.name.is_none()
        && let Some(name) = &header_name
        && lexicon.mentions("not_people", name).is_none()
    {
        referrer.name = Some(single(name.clone(), source(name)));
    }
    let local = bare(sender.address.split('@').next().unwrap_or_default());
    // Whoever signs the mail's own text wrote it, if from a desk's mailbox.
    let signed = |name: &Answer<String>| {
        name.sources.iter().any(|source| source.place.ends_with("signature") && source.document.reveal() == "body")
    };
    let own = match (&known, &header_name) {
        (None, _) => true,
        (Some(_), None) if referrer.name.as_ref().is_some_and(signed) => true,
        (Some(known), Some(name)) if bare(name) == *known => true,
        (Some(known), _) => known
            .split(' ')
            .next_back()
            .is_some_and(|family| family.len() > 2 && local.contains(&family.replace(['\'', '-'], ""))),
    };
    if referrer.email.is_none() && own && !sender.address.is_empty() {
        referrer.email = Some(single(sender.address.clone(), source(&sender.address)));
    }
}

/// `Smith, Jane` → `Jane Smith`.
fn turned(name: &str) -> String {
    match name.split_once(',') {
        Some((family, given)) => format!("{} {}", given.trim(), family.trim()),
        None => name.trim().to_owned(),
    }
}
