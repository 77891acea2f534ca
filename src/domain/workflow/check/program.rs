//! What the program itself names: facts it sets, the role it gives, the words it reads forms by, and what the desk needs.
//!
//! A folder that lacks one of them would be read without a murmur, and a nomination would lose what the name stands for.

use super::{Finding, budgets, duplicates, finding, list, unknown};
use crate::domain::workflow::desk::{Desk, RequestKind};
use crate::domain::workflow::lifecycle::{FactKind, Lifecycle, RoleScope};
use crate::domain::workflow::programme::{FormWords, Theme};

/// Facts that mails show or a case keeps of itself, by kind; of a choice, the words the program may set.
const FACTS: [(&str, Wanted); 7] = [
    ("sender_proven", Wanted::YesNo),
    ("danger_words", Wanted::YesNo),
    ("area_known", Wanted::YesNo),
    ("missing_items", Wanted::Count),
    ("nomination_kind", Wanted::Words(&["professional", "self"])),
    ("consent", Wanted::Words(&["not_shown", "asserted", "given", "refused"])),
    ("assessment", Wanted::Words(&["none", "started", "complete"])),
];

enum Wanted {
    YesNo,
    Count,
    Words(&'static [&'static str]),
}

/// Who sends a nomination is given this role of the case.
const REFERRER: &str = "referrer";

/// What a life-cycle lacks of what the program names.
pub(in crate::domain::workflow) fn program_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, wanted) in &FACTS {
        let known = lifecycle.facts.iter().enumerate().find(|(_, fact)| fact.name.as_str() == *name);
        let Some((at, fact)) = known else {
            let says = format!("the program sets the fact `{name}`, which is not here; add it with {}", in_words(wanted));
            found.push(finding("facts", says));
            continue;
        };
        let fits = match (wanted, &fact.kind) {
            (Wanted::YesNo, FactKind::YesNo) | (Wanted::Count, FactKind::Count) => true,
            (Wanted::Words(wanted), FactKind::Choice(words)) => wanted.iter().all(|word| words.iter().any(|have| have == word)),
            (Wanted::YesNo | Wanted::Count | Wanted::Words(_), _) => false,
        };
        if !fits {
            found.push(finding(format!("facts[{at}]"), format!("the program sets `{name}`; it needs {}", in_words(wanted))));
        }
    }
    match lifecycle.roles.iter().enumerate().find(|(_, role)| role.name.as_str() == REFERRER) {
        None => found.push(finding(
            "roles",
            format!("the program gives the role `{REFERRER}` to who sends a nomination; add it with `scope: case`"),
        )),
        Some((at, role)) if role.scope != RoleScope::Case => {
            found.push(finding(format!("roles[{at}]"), format!("`{REFERRER}` is who sent the nomination; its scope is `case`")));
        }
        Some(_) => {}
    }
    if !lifecycle.roles.iter().any(|role| role.scope == RoleScope::Programme) {
        found.push(finding("roles", "no role is of scope `programme`; somebody must answer for what has no owner"));
    }
    found
}

fn in_words(wanted: &Wanted) -> String {
    match wanted {
        Wanted::YesNo => "`kind: yes_no`".to_owned(),
        Wanted::Count => "`kind: count`".to_owned(),
        Wanted::Words(words) => format!("`kind: choice` and the words {}", list(words.iter().copied())),
    }
}

/// Every kind of request once, every role known and of the whole programme.
pub(in crate::domain::workflow) fn desk_findings(desk: &Desk, lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = budgets::desk_findings(desk);
    found.extend(duplicates("requests", "kind", "kind", desk.requests.iter().map(|request| request.kind.as_str())));
    for kind in RequestKind::ALL.into_iter().filter(|kind| desk.requests.iter().all(|request| request.kind != *kind)) {
        found.push(finding("requests", format!("no entry says what is asked about a `{}`", kind.as_str())));
    }
    let of_requests = desk.requests.iter().enumerate().map(|(at, request)| (format!("requests[{at}].role"), &request.role));
    let of_ladders = desk.requests.iter().enumerate().flat_map(|(at, request)| {
        request
            .unanswered
            .iter()
            .flat_map(|ladder| &ladder.tell)
            .map(move |role| (format!("requests[{at}].unanswered.tell"), role))
    });
    let others = [("waiting.role".to_owned(), &desk.waiting.role), ("undelivered.role".to_owned(), &desk.undelivered.role)];
    for (place, name) in of_requests.chain(of_ladders).chain(others) {
        match lifecycle.role(name) {
            None => {
                found.push(finding(place, unknown("role", name.as_str(), lifecycle.roles.iter().map(|role| role.name.as_str()))))
            }
            Some(role) if role.scope != RoleScope::Programme => {
                let says = format!("`{name}` is a role of scope `{}`; a mail has no area and no case yet", scope(role.scope));
                found.push(finding(place, says));
            }
            Some(_) => {}
        }
    }
    found
}

fn scope(scope: RoleScope) -> &'static str {
    match scope {
        RoleScope::Programme => "programme",
        RoleScope::Area => "area",
        RoleScope::Case => "case",
    }
}

/// What the reading of forms asks for by name and no file of `forms/` has, one sentence a kind of word.
pub(in crate::domain::workflow) fn missing_words(forms: &[&FormWords], themes: &[Theme]) -> Vec<String> {
    let missing = |wanted: &[&'static str], has: &dyn Fn(&FormWords, &str) -> bool| -> Vec<&'static str> {
        wanted.iter().copied().filter(|name| !forms.iter().any(|form| has(form, name))).collect()
    };
    let kinds = [
        ("labels", missing(LABELS, &|form, name| form.labels.contains_key(name))),
        ("lists", missing(LISTS, &|form, name| form.lists.contains_key(name))),
        ("maps", missing(MAPS, &|form, name| form.maps.contains_key(name))),
    ];
    let unnamed =
        themes.iter().map(|theme| theme.key.as_str()).filter(|key| !forms.iter().any(|form| form.criteria.contains_key(*key)));
    let unnamed = unnamed.map(|key| format!("no form's words name the theme `{key}`; write under `criteria` how forms call it"));
    let told = kinds.into_iter().filter(|(_, missing)| !missing.is_empty());
    told.map(|(kind, missing)| {
        format!("forms are read by `{kind}` that no file here has: {}; bring the file back that held them", list(missing))
    })
    .chain(unnamed)
    .collect()
}

const LABELS: &[&str] = &[
    "full_name",
    "member",
    "name_and_dob",
    "first_name",
    "family_name",
    "family_surname",
    "date_of_birth",
    "expected_on",
    "age",
    "gender",
    "relationship",
    "school",
    "address",
    "postcode",
    "phone",
    "email",
    "contact",
    "referrer_name",
    "role",
    "organisation",
    "consent",
    "signature",
    "print_name",
    "signed_on",
    "date",
    "consent_relationship",
    "assessment_eha",
    "assessment_statutory",
    "assessment_state",
    "criteria",
    "who",
    "yes_no",
    "comments",
    "what",
    "agencies",
    "narrative",
    "ignored",
];

const LISTS: &[&str] = &[
    "asks_knowing",
    "kin_of_theirs",
    "invitation_words",
    "topic_leads",
    "asks_anyone",
    "page_links",
    "not_seeking_words",
    "fears_alone",
    "placeholders",
    "unsure_words",
    "ditto",
    "examples",
    "yes",
    "no",
    "yes_words",
    "no_words",
    "yes_followers",
    "no_followers",
    "no_phrases",
    "tick_glyphs",
    "label_trimmings",
    "strong_labels",
    "form_ends",
    "disclaimers",
    "instructions",
    "name_enders",
    "name_openers",
    "titles",
    "name_particles",
    "not_names",
    "not_first_names",
    "not_people",
    "unborn_words",
    "unborn_names",
    "people_words",
    "kin_mentions",
    "school_words",
    "no_school",
    "negations",
    "not_negations",
    "hypotheticals",
    "history",
    "clause_dividers",
    "well_words",
    "attendance_words",
    "absence_words",
    "former_partners",
    "telling_words",
    "question_openers",
    "relative_words",
    "closing_denials",
    "elided_verbs",
    "protection_plan",
    "plan_words",
    "ended_words",
    "assessment_not_begun",
    "assessment_none",
    "assessment_started",
    "assessment_complete",
    "draft_words",
    "assessment_topics",
    "assessment_end_words",
    "assessment_names",
    "consent_given",
    "consent_refused",
    "consent_objects",
    "consent_topics",
    "consent_kept",
    "withdrawal_words",
    "withdrawal_rules",
    "consent_pending",
    "consent_phrases",
    "consent_answers",
    "consent_sentences",
    "verbal_words",
    "signature_openers",
    "foi_words",
    "sar_words",
    "complaint_subjects",
    "complaint_words",
    "nomination_words",
    "nominating_words",
    "advice_words",
    "update_words",
    "secure_words",
    "attachment_words",
    "auto_subjects",
    "bounce_subjects",
    "danger_words",
    "danger_rules",
    "danger_subjects",
    "danger_nouns",
    "danger_openers",
    "danger_times",
    "danger_now",
    "closings",
    "role_words",
    "organisation_words",
    "agency_words",
    "scan_names",
];

const MAPS: &[&str] = &[
    "theme_ages",
    "owners",
    "owner_relationships",
    "label_words",
    "sections",
    "label_sections",
    "genders",
    "relationship_genders",
    "relationship_ages",
    "kin",
    "document_titles",
    "document_names",
    "asked_the_other_way",
    "own_children_words",
    "statutory_kinds",
];
