//! Whether the family agreed: the answer on the form, the signature, or what the referrer says of it.
//!
//! Yes only from an answer or a signature somebody made, never from the form's own sentence. Answers that
//! contradict each other are both kept.

use super::dates::{self, Era};
use super::form::Answered;
use super::marks::{Mark, mark};
use super::members::{full_name, single, take};
use super::names;
use super::papers::{Origin, Paper};
use super::pattern::Told;
use super::slot::Slot;
use super::text::sentences;
use super::who::{Mention, mentions};
use super::words::Lexicon;
use crate::domain::document::Method;
use crate::domain::nomination::{Answer, Consent, ConsentEvidence, DocumentKind, Member, Source};
use crate::domain::time::Date;

/// `Does not want to` alone refuses.
const SHORT_REFUSAL_WORDS_MAX: usize = 4;

/// What the papers show of consent.
pub(super) fn consent(papers: &[&Paper<'_>], members: &[Member], lexicon: &Lexicon<'_>, received_on: Date) -> Consent {
    let mut consent = Consent::default();
    for paper in papers.iter().filter(|paper| paper.is_nomination() || paper.kind == DocumentKind::ConsentForm) {
        from_form(paper, members, lexicon, received_on, &mut consent);
    }
    if consent.given.is_none() {
        from_words(papers, members, lexicon, received_on, &mut consent);
        let forms = papers.iter().filter(|paper| paper.is_nomination() || paper.kind == DocumentKind::ConsentForm);
        for paper in forms {
            if consent.given.is_none() {
                super::consent_asked::asked(paper, members, lexicon, received_on, &mut consent);
            }
        }
    } else if consent.given.as_ref().is_some_and(|given| *given.value.reveal()) {
        refused_beside(papers, lexicon, &mut consent);
    }
    let witnesses = papers.iter().flat_map(|paper| paper.form.answers_to("witness").map(move |answer| (paper, answer)));
    for (paper, answer) in witnesses {
        let name = names::clean(&answer.slot.text(), lexicon);
        if names::looks_like_name(&name, lexicon) {
            take(&mut consent.witnessed_by, Some(single(name, answer.slot.source(paper.name, "", 0.95))));
        }
    }
    if consent.given.as_ref().is_none_or(|given| !given.value.reveal()) {
        consent.signed_by = None;
        consent.signed_on = None;
        consent.evidence = None;
        consent.witnessed_by = None;
    }
    super::sharing::sharing(papers, lexicon, &mut consent);
    consent
}

fn from_form(paper: &Paper<'_>, members: &[Member], lexicon: &Lexicon<'_>, received_on: Date, consent: &mut Consent) {
    let mut answer: Option<Answer<bool>> = None;
    // `Does the family know you are sending this?` says nothing where the form also asks whether they agree.
    let agrees = |label: &str| lexicon.mentions("consent_topics", label).is_some();
    let asks = paper.form.answers_to("consent").any(|given| agrees(&given.label));
    let knows = |label: &str| lexicon.mentions("asks_knowing", label).is_some() && !agrees(label);
    for given in paper.form.answers_to("consent").filter(|given| !(asks && knows(&given.label))) {
        if mark(&given.slot, lexicon) == Mark::Both {
            // The signature below it does not settle which of the two was meant.
            take(&mut answer, Some(single(false, given.slot.source(paper.name, "", 0.5))));
            take(&mut answer, Some(single(true, given.slot.source(paper.name, "", 0.5))));
        }
        let dated =
            || named_and_dated(given, lexicon, received_on).map(|_| single(true, given.slot.source(paper.name, "", 0.85)));
        take(&mut answer, said(given, paper.name, lexicon).or_else(dated));
    }
    let signature = paper
        .form
        .answers_to("signature")
        .filter(|answer| answer.section != "referrer")
        .find(|answer| !answer.slot.is_blank(lexicon));
    let mut evidence = None;
    let mut signed_by = None;
    if let Some(signed) = signature {
        let text = signed.slot.text();
        let name = signer(&text, lexicon);
        evidence = Some(shown_by(signed, name.is_some(), lexicon));
        signed_by = name.map(|name| single(name, signed.slot.source(paper.name, "", 0.97)));
        let refused = lexicon.mentions("consent_refused", &text).is_some() || mark(&signed.slot, lexicon) == Mark::No;
        if answer.is_none() && !refused {
            answer = Some(single(true, signed.slot.source(paper.name, "", 0.85)));
        }
    }
    let printed = paper.form.answers_to("print_name").find_map(|printed| {
        let name = names::clean(&printed.slot.answer(lexicon)?, lexicon);
        names::looks_like_name(&name, lexicon).then(|| single(name, printed.slot.source(paper.name, "", 0.95)))
    });
    let dated = paper
        .form
        .answers
        .iter()
        .filter(|answer| answer.field == "signed_on" || (answer.field == "date" && answer.section == "consent"));
    let mut signed_on = dated
        .filter_map(|dated| {
            let date = dates::first_date(&dated.slot.text(), Era::Near, received_on).first().copied()?;
            Some(single(date, dated.slot.source(paper.name, "", 0.97)))
        })
        .next();
    if let Some(signed) = signature {
        let day = dates::first_date(&signed.slot.text(), Era::Near, received_on).first().copied();
        signed_on = signed_on.or_else(|| Some(single(day?, signed.slot.source(paper.name, "", 0.9))));
    }
    let behind_answer = paper
        .form
        .answers_to("consent")
        .filter(|given| mark(&given.slot, lexicon) == Mark::Yes || given.slot.text().contains(' '));
    for given in behind_answer {
        let text = given.slot.text();
        // A surname alone is nobody's whole name.
        let whole = || giver(&text, lexicon).filter(|name| name.contains(' '));
        let by = || {
            whole().or_else(|| member_before(&text, members, lexicon)).or_else(|| named_and_dated(given, lexicon, received_on))
        };
        signed_by = signed_by.or_else(|| Some(single(by()?, given.slot.source(paper.name, "", 0.85))));
        let date = dates::first_date(&text, Era::Near, received_on).first().copied();
        signed_on = signed_on.or_else(|| Some(single(date?, given.slot.source(paper.name, "", 0.85))));
        evidence = evidence.or(lexicon.mentions("verbal_words", &text).map(|_| ConsentEvidence::Verbal));
    }
    let asked = paper.form.answers_to("consent").next().is_some();
    if answer.is_none() && !asked && printed.is_some() && signed_on.is_some() {
        // A name and a date under the family's agreement, the signature itself being ink or a picture.
        answer = printed.as_ref().map(|printed| Answer {
            value: crate::domain::personal::Personal::new(true),
            sources: printed.sources.clone(),
            others: Vec::new(),
        });
        evidence = Some(ConsentEvidence::Signature);
    }
    // A name and a day below the answer: somebody typed them there, even where no line asks for a signature.
    let typed = printed.is_some() && signed_on.is_some();
    let evidence = evidence.or_else(|| typed.then_some(ConsentEvidence::TypedName));
    if answer.as_ref().is_some_and(|answer| *answer.value.reveal()) {
        consent.evidence = consent.evidence.or(evidence).or(Some(ConsentEvidence::AssertedByReferrer));
        let signer = match (signed_by, printed) {
            (Some(mut signed), Some(printed)) if names::alike(signed.value.reveal(), printed.value.reveal()) => {
                signed.sources.extend(printed.sources);
                Some(signed)
            }
            (Some(signed), _) => Some(signed),
            (None, printed) => printed,
        };
        take(&mut consent.signed_by, signer);
        take(&mut consent.signed_on, signed_on);
    }
    take(&mut consent.given, answer);
}

/// What stands in a signature's place, as evidence. `named`: a name was made out there.
fn shown_by(signed: &Answered, named: bool, lexicon: &Lexicon<'_>) -> ConsentEvidence {
    let text = signed.slot.text();
    let says = |list: &str| lexicon.mentions(list, &text).is_some();
    if signed.slot.is_signed() || says("electronic_words") {
        ConsentEvidence::ElectronicSignature
    } else if says("verbal_words") {
        ConsentEvidence::Verbal
    } else if lexicon.is("consent_phrases", &text) {
        ConsentEvidence::AssertedByReferrer
    } else if signed.slot.method == Method::Ocr && !says("typed_words") {
        // On a scan whatever else stands in the box is ink, however little of it can be made out.
        ConsentEvidence::Signature
    } else if named {
        ConsentEvidence::TypedName
    } else {
        ConsentEvidence::AssertedByReferrer
    }
}

/// The answer to one question about consent.
fn said(given: &Answered, document: &str, lexicon: &Lexicon<'_>) -> Option<Answer<bool>> {
    let sure = if mark(&given.slot, lexicon) == Mark::Words { 0.9 } else { 1.0 };
    said_of(&given.slot, lexicon).map(|agrees| single(agrees, given.slot.source(document, "", sure)))
}

/// Whether what stands there agrees; none when it says neither.
pub(super) fn said_of(slot: &Slot, lexicon: &Lexicon<'_>) -> Option<bool> {
    let text = slot.text();
    match mark(slot, lexicon) {
        Mark::Yes => Some(true),
        Mark::No => Some(false),
        Mark::Blank | Mark::Both => None,
        Mark::Words if lexicon.mentions("consent_pending", &text).is_some() => None,
        Mark::Words if refuses(&text, lexicon) => Some(false),
        Mark::Words => lexicon.mentions("consent_given", &text).map(|_| true),
    }
}

/// The person who signed: `typed: Jo Smith`, `Verbal consent from Jo Smith`, `Jo Smith (typed with permission)`.
fn signer(text: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    if lexicon.is("consent_phrases", text) {
        return None;
    }
    let mut name = text.trim_start_matches(|c: char| !c.is_alphabetic()).to_owned();
    let mut openers: Vec<&String> = lexicon.list("signature_openers").iter().collect();
    openers.sort_by_key(|opener| std::cmp::Reverse(opener.len()));
    for opener in openers {
        let folded = super::text::fold(&name);
        let behind = folded.strip_prefix(opener.as_str()).filter(|rest| !rest.starts_with(char::is_alphanumeric));
        if let Some(behind) = behind {
            let kept = behind.trim_start_matches(|c: char| !c.is_alphabetic()).chars().count();
            let total = name.trim_end().chars().count();
            name = name.trim_end().chars().skip(total.saturating_sub(kept)).collect();
        }
    }
    let name = name.trim_matches(|c: char| !c.is_alphabetic());
    // `Ann Bell on 7 November`, of which the day is taken away.
    let name = ["on", "dated"]
        .iter()
        .find_map(|word| {
            let (head, last) = name.rsplit_once(' ')?;
            last.eq_ignore_ascii_case(word).then_some(head)
        })
        .unwrap_or(name);
    let name = names::clean(name, lexicon);
    (names::looks_like_name(&name, lexicon) && lexicon.mentions("consent_phrases", &name).is_none()).then_some(name)
}

/// `Yes, verbal, from Sara Dixon on 2 November` → the name behind `from` or `by`.
fn giver(text: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    let lead = text.trim_start_matches(|c: char| c.is_alphabetic()).trim_start_matches([' ', ',', '-', '–', ':', '(']);
    let plain = lead.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim_end_matches([' ', ',']);
    let plain = plain.strip_suffix(" on").or_else(|| plain.strip_suffix(" dated")).unwrap_or(plain);
    // `Yes, they agree` names nobody; `Yes – Ada Bell, in writing` names one.
    let plain = plain.split([',', ';', '(']).next().unwrap_or_default().trim_end();
    let capital = plain.split_whitespace().next_back().is_some_and(|word| word.starts_with(char::is_uppercase))
        && plain.starts_with(char::is_uppercase);
    if super::text::fold(text).starts_with("yes")
        && capital
        && let Some(name) = signer(plain, lexicon)
        && name.contains(' ')
    {
        return Some(name);
    }
    let at = [" from ", " by "].iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min()?;
    let words: Vec<&str> = text[at..].split_whitespace().take_while(|word| word.starts_with(char::is_uppercase)).collect();
    let name = names::clean(&words.join(" "), lexicon);
    (words.len() >= 2 && names::looks_like_name(&name, lexicon)).then_some(name)
}

/// `A. Bell 3/10/26` where the family's agreement is asked for: a name and a day, and nothing else.
fn named_and_dated(given: &Answered, lexicon: &Lexicon<'_>, received_on: Date) -> Option<String> {
    let text = given.slot.text();
    dates::first_date(&text, Era::Near, received_on).first()?;
    let before = text.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
    let name = before.trim_end_matches(|c: char| !c.is_alphabetic() && c != '.');
    let capitals = name.split_whitespace().all(|word| word.starts_with(char::is_uppercase));
    let name = names::clean(name, lexicon);
    (mark(&given.slot, lexicon) == Mark::Words
        && capitals
        && name.contains(' ')
        && names::looks_like_name(&name, lexicon)
        && !names::speaks_as_form(&name, lexicon)
        && ["consent_refused", "consent_pending", "role_words", "consent_phrases"]
            .iter()
            .all(|list| lexicon.mentions(list, &text).is_none()))
    .then_some(name)
}

/// `Yes – Ada, in writing`, `Ada has signed (20/1/2026)`: the only grown-up member the answer names.
fn member_before(text: &str, members: &[Member], lexicon: &Lexicon<'_>) -> Option<String> {
    let named = mentions(text, members, lexicon);
    let mut grown: Vec<usize> =
        named.iter().filter(|mention| mention.members.len() == 1).map(|mention| mention.members[0]).collect();
    grown.retain(|one| members[*one].is_child != Some(true));
    grown.dedup();
    let [one] = grown.as_slice() else { return None };
    Some(full_name(&members[*one])).filter(|name| !name.is_empty())
}

/// A family that nominates itself agrees in its own words: `you may ask the school about us`; its name stands below them.
pub(super) fn own_words(papers: &[&Paper<'_>], name: &str, lexicon: &Lexicon<'_>) -> Consent {
    let mut consent = Consent::default();
    for paper in papers.iter().filter(|paper| paper.origin == Origin::Body) {
        for slot in &paper.form.narrative {
            for sentence in sentences(&slot.lines_text()) {
                let doubtful = ["consent_refused", "consent_pending", "hypotheticals", "instructions"];
                // `You can ask the school` would instruct the reader on a form, and is a permission in a letter.
                let folded = super::text::fold(&sentence);
                let Some(agrees) = lexicon.mentions("own_consent", &folded) else { continue };
                let rest = folded.replacen(agrees, " ", 1);
                if doubtful.iter().any(|list| lexicon.mentions(list, &rest).is_some()) {
                    continue;
                }
                let source = || slot.source_quoting(paper.name, sentence.clone(), 0.8);
                take(&mut consent.given, Some(single(true, source())));
                consent.signed_by = Some(single(name.to_owned(), source()));
                consent.evidence = Some(ConsentEvidence::TypedName);
            }
        }
    }
    consent
}

/// `The family has withdrawn consent since signing` beside a form that says Yes: both are kept, and a person asks the family.
fn refused_beside(papers: &[&Paper<'_>], lexicon: &Lexicon<'_>, consent: &mut Consent) {
    for paper in papers.iter().filter(|paper| matches!(paper.origin, Origin::Body | Origin::Inner)) {
        for slot in paper.form.narrative.iter().filter(|slot| !slot.printed) {
            for sentence in sentences(&slot.lines_text()) {
                let says = |list: &str| lexicon.mentions(list, &sentence).is_some();
                // `No longer consents` is of now, for all its `no longer`.
                let refused = says("consent_refused") && says("consent_objects") && !says("history");
                let of_consent = refused || says("withdrawal_words");
                let none = ["consent_kept", "consent_pending", "hypotheticals", "withdrawal_rules"];
                let of_one = ["excluding_phrases", "hiding_phrases", "hiding_orders"];
                if of_consent
                    && !sentence.ends_with('?')
                    && !none.iter().chain(&of_one).any(|list| says(list))
                    && !super::sharing::hides_from_one(&sentence, lexicon)
                {
                    take(&mut consent.given, Some(single(false, slot.source_quoting(paper.name, sentence.clone(), 0.8))));
                }
            }
        }
    }
}

/// What is doubtful of who agreed, and when. Of a signature that is not the family's only the referrer's word is left.
pub(super) fn doubts(consent: &mut Consent, members: &[Member], referrer: Option<&str>, received_on: Date) -> Vec<String> {
    let mut doubts = Vec::new();
    if consent.signed_on.as_ref().is_some_and(|signed| *signed.value.reveal() > received_on) {
        doubts.push("consent bears a date that is still to come".to_owned());
    }
    let signer = consent.signed_by.as_ref().map(|signed| signed.value.reveal().as_str());
    let of_family = |name: &str| members.iter().any(|member| names::alike(&full_name(member), name));
    if let (Some(signer), Some(referrer)) = (signer, referrer)
        && names::alike(signer, referrer)
        && !of_family(signer)
    {
        consent.evidence = Some(ConsentEvidence::AssertedByReferrer);
        doubts.push("consent bears the name of who sends the nomination, and nobody's of the family".to_owned());
    }
    doubts
}

/// What the cover text says of consent.
fn from_words(papers: &[&Paper<'_>], members: &[Member], lexicon: &Lexicon<'_>, received_on: Date, consent: &mut Consent) {
    let texts = papers.iter().filter(|paper| paper.origin != Origin::File || paper.is_nomination());
    for paper in texts {
        let written = paper.form.narrative.iter().map(|slot| (slot, false));
        for (slot, printed) in written.chain(paper.form.agreement.iter().map(|slot| (slot, true))) {
            for sentence in sentences(&slot.lines_text()) {
                let day = dates::first_date(&sentence, Era::Near, received_on).first().copied();
                let day = day.or_else(|| dates::recent_day(&sentence, received_on));
                let (said, witness) = apart(&sentence);
                let giver = giver(said, lexicon).or_else(|| giver_known(said, members, lexicon));
                // Under its heading a form speaks too: only a day or a name shows that somebody wrote the sentence.
                if slot.printed || printed && day.is_none() && giver.is_none() {
                    continue;
                }
                let given = lexicon.mentions("consent_sentences", &sentence).is_some() || tells_of_consent(said, lexicon);
                // `She agrees to this nomination; she has not signed anything`: what lacks is paper, not agreement.
                let unsigned = |word: &str| {
                    let before = super::text::find_phrase(&super::text::fold(&sentence), word).and_then(|at| sentence.get(..at));
                    word.ends_with("signed") && before.is_some_and(|before| tells_of_consent(before, lexicon))
                };
                // `She does not want the police`: in a letter only what is about the agreement refuses it.
                let about = |word: &str| {
                    printed && !word.ends_with("want")
                        || ["consent", "agree", "aware", "knowledge"].iter().any(|stem| word.contains(stem))
                        || lexicon.mentions("consent_objects", &sentence).is_some()
                };
                let refused = lexicon.mentions("consent_refused", &sentence).is_some_and(|word| !unsigned(word) && about(word))
                    && !super::sharing::hides_from_one(&sentence, lexicon);
                let pending = lexicon.mentions("consent_pending", &sentence).is_some()
                    || lexicon.mentions("hypotheticals", &sentence).is_some();
                if pending || lexicon.mentions("instructions", &sentence).is_some() || !(refused || given) {
                    continue;
                }
                let source: Source = slot.source_quoting(paper.name, sentence.clone(), 0.8);
                let verbal = lexicon.mentions("verbal_words", &sentence).is_some();
                consent.evidence = Some(if verbal { ConsentEvidence::Verbal } else { ConsentEvidence::AssertedByReferrer });
                if !refused {
                    let named = |name: String| single(name, source.clone());
                    consent.signed_by = consent.signed_by.take().or_else(|| giver.map(named));
                    consent.signed_on = consent.signed_on.take().or_else(|| day.map(|day| single(day, source.clone())));
                    consent.witnessed_by = consent.witnessed_by.take().or_else(|| witness_name(witness, lexicon).map(named));
                }
                take(&mut consent.given, Some(single(!refused, source)));
            }
        }
    }
}

/// Whether a sentence refuses. `She does not want the police` refuses something else.
fn refuses(text: &str, lexicon: &Lexicon<'_>) -> bool {
    sentences(text).iter().any(|sentence| {
        let word = lexicon.mentions("consent_refused", sentence);
        let short = super::text::word_count(sentence) <= SHORT_REFUSAL_WORDS_MAX;
        word.is_some_and(|word| !word.ends_with("want") || short || lexicon.mentions("consent_objects", sentence).is_some())
    })
}

/// `Tracey agreed to this referral`, `she said yes to us sending you this`: in words between which others stand, none of which denies it.
fn tells_of_consent(said: &str, lexicon: &Lexicon<'_>) -> bool {
    const WORDS_BEFORE_MAX: usize = 4;
    let text = super::text::bare(said);
    let Some(at) = Told::new(&text).first(lexicon.patterns("told_consent")) else { return false };
    let before = text[..at].split([',', ';', '(']).next_back().unwrap_or_default();
    let near: Vec<&str> = before.split_whitespace().rev().take(WORDS_BEFORE_MAX).collect();
    !near.iter().any(|word| matches!(*word, "not" | "never" | "nor" | "without" | "neither" | "yet") || word.ends_with("n't"))
}

/// The grown-up member of whom the sentence says it: the one it names before the agreement.
fn giver_known(said: &str, members: &[Member], lexicon: &Lexicon<'_>) -> Option<String> {
    let text = super::text::bare(said);
    let told = Told::new(&text).first(lexicon.patterns("told_consent"));
    let phrase = lexicon.earliest("consent_sentences", &text);
    let named = mentions(said, members, lexicon);
    let grown = |mention: &&Mention| matches!(mention.members.as_slice(), [one] if members[*one].is_child != Some(true));
    let at = told.into_iter().chain(phrase.map(|(at, _)| at)).min()?;
    // `Verbal consent obtained from Gemma`: else who is named behind.
    let behind_from = |mention: &&Mention| mention.start > at && text[..mention.start].trim_end().ends_with("from");
    let giver =
        named.iter().filter(grown).find(|mention| mention.start < at).or_else(|| named.iter().filter(grown).find(behind_from));
    let [one] = giver?.members.as_slice() else { return None };
    Some(full_name(&members[*one])).filter(|name| !name.is_empty())
}

/// What is said of the agreement, and of who witnessed it.
fn apart(sentence: &str) -> (&str, &str) {
    let at = super::text::find_phrase(&sentence.to_ascii_lowercase(), "witnessed by");
    at.map_or((sentence, ""), |at| sentence.split_at(at))
}

/// `witnessed by Ann Bell, support worker` → the name.
fn witness_name(witness: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    let behind = witness.get("witnessed by".len()..)?.trim_start_matches([' ', ':']);
    let words: Vec<&str> = behind.split_whitespace().take_while(|word| word.starts_with(char::is_uppercase)).collect();
    let until = words.iter().position(|word| word.ends_with([',', '.', ';'])).map_or(words.len(), |at| at + 1);
    let name = names::clean(&words[..until].join(" "), lexicon);
    (!name.is_empty() && names::looks_like_name(&name, lexicon)).then_some(name)
}
