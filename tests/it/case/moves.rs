//! What people record, and what they are told when it cannot be.

use super::story::{REVIEWS, Story, check};
use focus_family::domain::case::{decide, offers, timeline, why};

const ALLOCATED: &str = "open
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>, Sure Start\" lead_agency=\"Lead <lead_agency@example.org>\"";

#[test]
fn a_nomination_begins_where_what_it_shows_lets_it_begin() {
    check("", "open", "triage: acknowledgement_complete, triage_summary");
    check("", "open consent=asserted assessment=started", "triage: acknowledgement_complete, triage_summary");
    check("", "open missing=members[0].date_of_birth", "triage: acknowledgement_missing, triage_summary");
    check("", "open assessment=none missing=assessment", "awaiting_information: acknowledgement_missing, triage_summary");
    check("", "open consent=not_shown missing=consent", "awaiting_information: acknowledgement_missing, triage_summary");
    check("", "open consent=refused", "awaiting_information: acknowledgement_complete, triage_summary");
    check("", "open danger_words=yes", "safeguarding_hold: danger_alert, acknowledgement_held");
}

#[test]
fn a_sender_who_is_not_proven_gets_no_letter_of_the_case_until_a_person_confirms_them() {
    check("", "open unproven", "triage: triage_summary");
    check("open unproven", "record area_officer accept", "checks: check_request");
    check("open unproven", "record team confirm_sender confirmed_by=telephone", "triage: acknowledgement_complete");
    check(
        "open unproven missing=assessment",
        "record team confirm_sender confirmed_by=telephone",
        "triage: acknowledgement_missing",
    );
    check(
        "open",
        "record team confirm_sender confirmed_by=telephone",
        "refused: the sender is already proven; nothing needs to be done",
    );
}

#[test]
fn information_that_comes_moves_the_case_on_and_ends_the_gap() {
    let waits = "open consent=not_shown assessment=none missing=consent,assessment";
    check(waits, "mail assessment=started", "awaiting_information: update_notice");
    check(
        &format!("{waits}\nmail assessment=started"),
        "mail consent=given",
        "triage: triage_summary, acknowledgement_complete, update_notice",
    );
    let recorded = "record area_officer record_consent consent=given evidence=signature consented_on=2026-11-20";
    check(&format!("{waits}\nmail assessment=complete"), recorded, "triage: triage_summary, acknowledgement_complete");
    check(waits, "record team supply_missing item=assessment", "awaiting_information");
    check(waits, "record team supply_missing item=school", "refused: `item` is one of what is missing: consent, assessment");
    check(waits, "record area_officer proceed_without because the school telephoned", "triage: triage_summary");
    check(
        "open\nrecord area_officer ask_for_more wanted=other",
        "mail assessment=complete",
        "awaiting_information: update_notice",
    );
    check("open\nrecord area_officer ask_for_more wanted=other", "record team information_received", "triage: triage_summary");
}

#[test]
fn a_mail_takes_nothing_back_and_never_overrules_a_person() {
    let withdrawn = "open\nrecord area_officer withdraw_consent withdrawn_on=2026-11-23";
    let mut story = Story::told(withdrawn);
    assert_eq!(story.tell("mail consent=given"), "consent_withdrawn: update_notice");
    let story = Story::told("open\nmail consent=asserted\nmail assessment=started\nmail missing_items=no");
    let facts: Vec<String> = ["consent", "assessment"].iter().map(|name| format!("{:?}", story.case().facts[*name])).collect();
    assert_eq!(facts, [r#"Word("given")"#, r#"Word("complete")"#]);
    let mut story = Story::told("open");
    story.tell("record area_officer record_consent consent=partial evidence=verbal consented_on=2026-11-23");
    story.tell("mail consent=refused");
    assert_eq!(format!("{:?}", story.case().facts["consent"]), r#"Word("partial")"#);
    let lines: Vec<String> = timeline(&story.events).into_iter().map(|line| line.says).collect();
    assert!(
        lines.iter().any(|line| line.contains("a mail says otherwise of `Consent of the family` than was recorded")),
        "{lines:#?}"
    );
}

#[test]
fn words_of_danger_come_first_from_everywhere_and_the_case_returns_to_its_place() {
    check("open", "mail danger_words=yes", "safeguarding_hold: danger_alert, update_notice");
    let released = "record duty release_hold outcome=told_the_hub because the hub has taken the call";
    check("open danger_words=yes", released, "triage");
    check(&format!("{REVIEWS}\nmail danger_words=yes"), released, "reviews");
    check(&format!("{ALLOCATED}\nmail danger_words=yes"), released, "allocated");
    check(
        &format!("{REVIEWS}\nmail danger_words=yes\n{released}"),
        "mail danger_words=yes",
        "safeguarding_hold: danger_alert, update_notice",
    );
}

#[test]
fn a_person_accepts_signposts_or_declines_and_only_with_consent_goes_on() {
    check("open", "record area_officer accept", "checks: decision, check_request");
    check(
        "open consent=asserted",
        "record area_officer accept",
        "refused: the family's consent is not recorded (`record_consent`, or ask for it with `ask_for_more`), or nobody has said yet \
         whether the family is known (`case matches` shows why; `record_match`)",
    );
    check("open", "record area_officer decline ground=criteria_not_shown", "refused: say why with `because`");
    check("open", "record area_officer decline ground=criteria_not_shown because one theme only", "closed: decision_other_help");
    check(
        "open",
        "record area_officer signpost service=universal_services because a parenting course is enough",
        "closed: decision_other_help",
    );
}

#[test]
fn a_refusal_tells_everything_that_is_wrong_at_once() {
    check("open", "record area_officer acept", "refused: there is no move `acept`; did you mean `accept`?");
    check(
        "open",
        "record keyworker allocate keywroker=x lead_agency=nobody",
        "refused: `allocate` is possible in `Waiting for allocation`; the case is in `To be triaged`; `allocate` is not for `keyworker`; \
         ask `area_officer`, `team` or `manager` to record it; `allocate` asks nothing called `keywroker`; did you mean `keyworker`?; \
         answer `keyworker`; `lead-agency` is a person, written \"Name <name@example.org>\", with the agency behind it if you like",
    );
    check(
        REVIEWS,
        "record keyworker record_review last_contact_on=2026-12-09 change=beter child_voice=perhaps next_review_on=2027-06-01",
        "refused: `last-contact-on` is still to come: write 2026-12-08 or an earlier day; \
         `change` is one of better, same, worse; did you mean `better`?; `child-voice` is answered with yes or no; \
         `next-review-on` is too far away: write 2027-03-02 or an earlier day",
    );
    check(
        "open",
        "record team hand_over_area area=atlantis because they moved",
        "refused: `area` is one of allerdale, barrow, carlisle, copeland, eden, south_lakeland",
    );
}

#[test]
fn only_the_holder_of_a_role_of_the_case_acts_in_it() {
    check(ALLOCATED, "record keyworker accept_allocation", "allocated");
    let other = "record area_officer change_keyworker keyworker=\"Other <other@example.org>\"";
    check(
        &format!("{ALLOCATED}\n{other}"),
        "record keyworker accept_allocation",
        "refused: somebody else is `keyworker` of this case; ask them, or have another named",
    );
    check(
        "open",
        "record keyworker record_contact contact_on=2026-11-23",
        "refused: nobody is `keyworker` of this case; have somebody named first",
    );
}

#[test]
fn a_declined_allocation_returns_to_the_meeting_and_ends_the_roles() {
    let mut story = Story::told(ALLOCATED);
    assert_eq!(story.tell("record keyworker decline_allocation because no capacity"), "awaiting_allocation: meeting_due");
    assert_eq!(story.case().holders.keys().map(ToString::to_string).collect::<Vec<_>>(), ["referrer"]);
}

#[test]
fn withdrawn_consent_stops_the_work_and_ends_only_after_a_safeguarding_view() {
    let withdrawn = format!("{REVIEWS}\nrecord keyworker withdraw_consent withdrawn_on=2026-12-08");
    check(
        &withdrawn,
        "record area_officer close close_reason=consent_withdrawn because they said so",
        "refused: nobody has recorded a safeguarding view; record it first with `record_risk_view`",
    );
    // What was seen before a refusal says nothing of what is after it.
    check(
        &format!(
            "{REVIEWS}\nrecord area_officer record_risk_view risk_view=no_concern because of the visit
            record area_officer record_consent consent=refused evidence=verbal consented_on=2026-12-08"
        ),
        "record area_officer close close_reason=consent_refused because they said so",
        "refused: nobody has recorded a safeguarding view; record it first with `record_risk_view`",
    );
    let viewed = format!("{withdrawn}\nrecord area_officer record_risk_view risk_view=no_concern because seen at school");
    check(
        &viewed,
        "record area_officer close close_reason=consent_withdrawn because they said so",
        "closed: closure, closure_to_referrer",
    );
    check(
        &withdrawn,
        "record area_officer record_consent consent=given evidence=verbal consented_on=2026-12-08",
        "reviews: triage_summary",
    );
}

#[test]
fn an_exit_is_proposed_confirmed_and_watched_for_twelve_months() {
    let proposed = format!("{REVIEWS}\nrecord keyworker propose_exit exit_reason=single_agency_support");
    check(
        &proposed,
        "record area_officer return_to_reviews next_review_on=2027-01-12 because school is not there yet",
        "reviews",
    );
    check(
        &format!(
            "{REVIEWS}\nrecord keyworker record_new_place move_told=told because answered\nrecord keyworker propose_exit exit_reason=moved_away"
        ),
        "record area_officer confirm_exit",
        "refused: the watch follows an exit with every need of every member met or waived (`case outcomes` shows which are open), \
         or with the support of one agency; for other reasons use `close`",
    );
    let watched = format!("{proposed}\nrecord area_officer confirm_exit");
    check(
        &watched,
        "record area_officer record_twelve_month_check twelve_month_check=sustained",
        "refused: the look after 6 months is not recorded; record it first with `record_six_month_check`; \
         `twelve-month-check` can be sustained from 2027-12-08 on, 12 months after 2026-12-08, and not before",
    );
    check(&watched, "on 2027-06-07", "nothing");
    check(&watched, "on 2027-06-08", "2027-06-08 watch_middle: watch_check_due");
    let later =
        format!("{watched}\non 2027-06-08\nrecord area_officer record_six_month_check six_month_check=sustained\non 2027-12-08");
    check(
        &later,
        "record area_officer record_twelve_month_check twelve_month_check=sustained",
        "closed: closure, closure_to_referrer",
    );
    check(&watched, "record area_officer return_from_watch next_review_on=2027-01-12 because school again", "reviews");
}

#[test]
fn a_closed_case_takes_notes_and_mails_and_can_be_opened_again() {
    let closed = "open\nrecord area_officer decline ground=other because outside the programme";
    check(closed, "record team note words=\"the school asked why\"", "closed");
    check(closed, "mail assessment=complete", "closed: update_notice");
    check(
        closed,
        "record area_officer record_contact contact_on=2026-11-23",
        "refused: `record_contact` needs an open case, and this one is `Closed`",
    );
    check(closed, "record area_officer reopen because it was a mistake", "triage: triage_summary");
}

#[test]
fn an_unknown_area_is_asked_for_and_a_known_one_is_handed_over() {
    check("open area=none", "on 2026-11-23", "2026-11-23 area_unknown: area_unknown");
    check("open area=none", "record team set_area area=copeland", "triage: triage_summary");
    check("open", "record team set_area area=copeland", "refused: the area is known; to change it use `hand_over_area`");
    check("open area=carlisle", "record area_officer hand_over_area area=copeland because they moved", "triage: handover");
}

#[test]
fn a_move_is_offered_open_or_with_every_reason_why_not() {
    let story = Story::told("open consent=asserted");
    let offers = offers(story.case(), &story.world(), None);
    let closed = |name: &str| offers.iter().find(|offer| offer.name.as_str() == name).unwrap().closed_because.join("; ");
    assert_eq!(closed("decline"), "");
    assert!(closed("accept").contains("record_consent"));
    assert!(closed("allocate").contains("`Waiting for allocation`"));
    let open = offers.iter().filter(|offer| offer.closed_because.is_empty()).count();
    assert!(open >= 10, "{open} moves are open in triage");
}

#[test]
fn a_case_tells_where_it_stands_and_what_happened_without_a_name() {
    let story = Story::told(REVIEWS);
    let told = why(story.case(), &story.world()).join("\n");
    assert!(told.starts_with("Working to the plan since Tuesday 8 December 2026: The team around the family"), "{told}");
    assert!(
        told.contains("\nKeyworker answers for it\n")
            && told.contains("\nReview: due on Tuesday 19 January 2027; next reminder on Tuesday 5 January 2027"),
        "{told}"
    );
    let lines = timeline(&story.events);
    assert_eq!(lines.len(), story.events.len());
    let says: Vec<&str> = lines.iter().map(|line| line.says.as_str()).collect();
    assert!(says.contains(&"keyworker recorded plan taf (first taf on 2026-12-08)"), "{says:#?}");
    let all = format!("{says:?}{told}");
    assert!(!all.contains("example.org") && !all.contains("Keyworker <"), "{all}");
    let named =
        lines.iter().filter_map(|line| line.detail.as_ref()).any(|detail| detail.as_text().contains("keyworker@example.org"));
    assert!(named, "names stand in the detail");
}

#[test]
fn a_likeness_is_asked_once_and_a_person_links_parts_or_leaves_it() {
    let asked = "open\nalike FF-2024-1000=a";
    let asks = |history: &str, line: &str, expected: bool| {
        let mut story = Story::told(history);
        let before = story.events.len();
        story.tell(line);
        assert_eq!(story.events.len() > before, expected, "after {history}\n{line}");
    };
    asks("open", "alike FF-2024-1000=a", true);
    asks(asked, "alike FF-2024-1000=a", false);
    asks(asked, "alike FF-2024-1000=other", false);
    asks(asked, "alike FF-2024-1000 FF-2024-2000", true);
    check(asked, "record area_officer record_match outcome=known_before", "triage");
    let parted = format!("{asked}\nrecord area_officer record_match outcome=not_known");
    asks(&parted, "alike FF-2024-1000=a", false);
    asks(&parted, "alike FF-2024-1000=more", true);
    check(&parted, "record area_officer accept", "checks: decision, check_request");
    let two = format!("{asked}\nalike FF-2024-2000");
    check(
        &two,
        "record area_officer record_match outcome=related",
        "refused: say with `case` which one is meant: FF-2024-1000, FF-2024-2000",
    );
    check(&two, "record area_officer record_match outcome=not_known", "triage");
    check(
        &two,
        "record area_officer record_match case=2000 outcome=related",
        "refused: `case` is the reference of a case, for example FF-2026-7142",
    );
    check(
        &two,
        "record area_officer accept",
        "refused: the family's consent is not recorded (`record_consent`, or ask for it with `ask_for_more`), or nobody has said yet \
         whether the family is known (`case matches` shows why; `record_match`)",
    );
}

#[test]
fn a_case_is_opened_once_and_nothing_happens_to_none() {
    let story = Story::told("open");
    let Some(focus_family::domain::case::Event::Opened(opened)) = story.events.first() else { panic!("it was opened") };
    let open = focus_family::domain::case::Command::Open(opened.clone());
    assert_eq!(decide(Some(story.case()), &open, &story.world()).unwrap_err().to_string(), "case FF-2026-7142 is already open");
    let fire = focus_family::domain::case::Command::Recalculate { because: "a new calendar".to_owned() };
    assert_eq!(
        decide(None, &fire, &story.world()).unwrap_err().to_string(),
        "there is no such case; a nomination has to open it first"
    );
}
