//! The shipped life cycle once more, written down by hand from what the programme wants: stages and moves; what goes by itself stands in
//! [`by_itself`](super::by_itself).
//!
//! A small language of its own, so that nothing of the engine is believed: `x=a|b` has one of these values, `x?` has one, `!x` has
//! none, `x+` counts at least one and `x++` two, `@role` is held, `!@role` is not; a blank joins, ` / ` parts. Among what a move sets
//! `x=` takes the value away, `x=today` and `x=day` are dates, `x=+1` counts on, `x=+pause` by the working
//! days since `paused_on`, of those until `paused_until`.

/// What is worked on, from opening to end.
pub const OPEN: &str = "awaiting_information safeguarding_hold triage checks awaiting_allocation allocated taf reviews exit_proposed watch consent_withdrawn";
pub const BEFORE_WORK: &str = "awaiting_information triage checks awaiting_allocation";
pub const AT_WORK: &str = "allocated taf reviews exit_proposed";
/// All but the hold itself.
pub const CALM: &str =
    "awaiting_information triage checks awaiting_allocation allocated taf reviews exit_proposed watch consent_withdrawn";

const OFFICE: &str = "area_officer team";
const LEADS: &str = "area_officer team manager";
const TEAM_AROUND: &str = "keyworker lead_agency area_officer team";
const ANYBODY: &str = "keyworker lead_agency area_officer employment_advisor team duty";
pub const AGREED: &str = "consent=given|partial";

/// Stage and who answers for it.
pub const OWNERS: [(&str, &str); 11] = [
    ("awaiting_information", "area_officer"),
    ("safeguarding_hold", "duty"),
    ("triage", "area_officer"),
    ("checks", "area_officer"),
    ("awaiting_allocation", "area_officer"),
    ("allocated", "area_officer"),
    ("taf", "keyworker"),
    ("reviews", "keyworker"),
    ("exit_proposed", "area_officer"),
    ("watch", "area_officer"),
    ("consent_withdrawn", "area_officer"),
];

/// Name, from, to (empty: stays), by, guard, ways to answer.
pub type Move = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [Way]);
/// What is answered (`{today}`, `{day}`, `{missing}`), what that answer needs beside the guard, what is set.
pub type Way = (&'static str, &'static str, &'static str);

pub const REFUSABLE: &str =
    "awaiting_information safeguarding_hold triage checks awaiting_allocation allocated taf reviews exit_proposed watch";

pub const MOVES: [Move; 64] = [
    (
        "record_consent",
        OPEN,
        "",
        TEAM_AROUND,
        "",
        &[
            (
                "consent=given evidence=signature consented_on={today}",
                "",
                "consent=given consent_on=today risk_view= withdrawal_said_on=",
            ),
            (
                "consent=partial evidence=verbal consented_on={today}",
                "",
                "consent=partial consent_on=today risk_view= withdrawal_said_on=",
            ),
            (
                "consent=refused evidence=verbal consented_on={today}",
                "",
                "consent=refused consent_on=today risk_view= withdrawal_said_on=",
            ),
        ],
    ),
    (
        "withdraw_consent",
        REFUSABLE,
        "",
        "area_officer team keyworker lead_agency duty",
        "",
        &[("withdrawn_on={today}", "", "consent=withdrawn consent_on=today risk_view= withdrawal_said_on=")],
    ),
    ("no_withdrawal", OPEN, "", "area_officer team manager duty", "withdrawal_said_on?", &[("", "", "withdrawal_said_on=")]),
    (
        "record_assessment",
        OPEN,
        "",
        TEAM_AROUND,
        "",
        &[("assessment=started", "", "assessment=started"), ("assessment=complete", "", "assessment=complete")],
    ),
    ("supply_missing", OPEN, "", OFFICE, "missing_items+", &[("item={missing}", "", "")]),
    ("record_advice", "awaiting_information", "", OFFICE, "", &[("advised_on={today}", "", "advice_given_on=today")]),
    (
        "information_received",
        "awaiting_information",
        "triage",
        OFFICE,
        "consent=asserted|given|partial assessment=started|complete",
        &[("", "", "information_awaited=no")],
    ),
    ("proceed_without", "awaiting_information", "triage", LEADS, "", &[("", "", "information_awaited=no")]),
    ("set_area", OPEN, "", LEADS, "area_known=no", &[("area=allerdale", "", "")]),
    ("confirm_sender", OPEN, "", OFFICE, "sender_proven=no", &[("confirmed_by=telephone", "", "sender_proven=yes")]),
    (
        "record_match",
        OPEN,
        "",
        OFFICE,
        "",
        &[
            ("case=FF-2024-1000 outcome=open_elsewhere", "", "match_possible=no match_asked_on= known_family=open_elsewhere"),
            ("case=FF-2024-1000 outcome=not_known", "", "match_possible=no match_asked_on= known_family=not_known"),
        ],
    ),
    (
        "record_safe_contact",
        OPEN,
        "",
        "area_officer team keyworker",
        "",
        &[(
            "family=\"Mum <mum@example.org>\" agreed_on={today} agreed_by=telephone",
            "",
            "safe_contact=yes safe_contact_on=today",
        )],
    ),
    (
        "withdraw_safe_contact",
        OPEN,
        "",
        "area_officer team keyworker lead_agency duty manager",
        "safe_contact=yes",
        &[("", "", "safe_contact=no safe_contact_on=")],
    ),
    ("write_to_family", OPEN, "", "area_officer team keyworker", "safe_contact=yes", &[("", "", "")]),
    ("hold", CALM, "safeguarding_hold", "duty team area_officer manager keyworker lead_agency", "", &[("", "", "")]),
    ("release_hold", "safeguarding_hold", "triage", "duty manager team", "", &[("outcome=told_the_hub", "", "danger_words=no")]),
    ("escalate_need", OPEN, "", ANYBODY, "", &[("", "", "escalated_on=today parent_talk_on=")]),
    (
        "record_parent_talk",
        OPEN,
        "",
        TEAM_AROUND,
        "escalated_on?",
        &[("talked_on={today}", "", "parent_talk_on=today last_contact_on=today")],
    ),
    (
        "escalation_handled",
        OPEN,
        "",
        "area_officer team manager duty",
        "escalated_on? parent_talk_on?",
        &[("", "", "escalated_on= parent_talk_on=")],
    ),
    ("no_parent_talk", OPEN, "", "area_officer manager duty", "escalated_on?", &[("", "", "parent_talk_on=today")]),
    (
        "accept",
        "triage",
        "checks",
        LEADS,
        "consent=given|partial !match_possible / consent=given|partial match_possible=no",
        &[("", "", "decision=accepted")],
    ),
    (
        "ask_for_more",
        "triage checks awaiting_allocation",
        "awaiting_information",
        OFFICE,
        "",
        &[("wanted=other", "", "decision=more_needed information_awaited=yes")],
    ),
    ("signpost", BEFORE_WORK, "closed", LEADS, "", &[("service=early_help", "", "decision=signposted")]),
    (
        "decline",
        BEFORE_WORK,
        "closed",
        LEADS,
        "",
        &[("ground=other", "", "decision=declined"), ("ground=duplicate", "known_family=open_elsewhere", "decision=declined")],
    ),
    (
        "record_check",
        OPEN,
        "",
        "area_officer team police_contact education_contact health_contact social_care_contact housing_contact \
      youth_justice_contact jobcentre_contact",
        "checks_asked+ consent=given|partial",
        &[
            ("agency=police answer=known", "", ""),
            ("agency=education answer=not_known", "", ""),
            ("agency=health answer=no_answer", "", ""),
            ("agency=social_care answer=known", "", ""),
        ],
    ),
    ("record_checks", "checks", "awaiting_allocation", OFFICE, AGREED, &[("checks=complete", "", "checks=complete")]),
    ("list_for_meeting", "checks awaiting_allocation", "", OFFICE, "", &[("meeting_on={day} day_off=yes", "", "meeting_on=day")]),
    (
        "defer_allocation",
        "awaiting_allocation",
        "",
        LEADS,
        "",
        &[("meeting_on={day} day_off=yes", "", "meeting_on=day deferrals=+1")],
    ),
    (
        "allocate",
        "awaiting_allocation",
        "allocated",
        LEADS,
        AGREED,
        &[
            (
                "keyworker=\"keyworker <keyworker@example.org>\"",
                "meeting_on<=today",
                "allocated_on=today first_allocated_on=today first_taf_moves=0 deferrals=0 paused_days=0 keyworker_accepted=no keyworker_left_on= meeting_on=",
            ),
            (
                "keyworker=\"keyworker <keyworker@example.org>\" lead_agency=\"lead agency <lead_agency@example.org>\"",
                "meeting_on<=today",
                "allocated_on=today first_allocated_on=today first_taf_moves=0 deferrals=0 paused_days=0 keyworker_accepted=no keyworker_left_on= meeting_on=",
            ),
        ],
    ),
    ("accept_allocation", AT_WORK, "", TEAM_AROUND, "keyworker_accepted=no", &[("", "", "keyworker_accepted=yes")]),
    ("decline_allocation", "allocated", "awaiting_allocation", TEAM_AROUND, "", &[("", "", "keyworker_accepted= allocated_on=")]),
    (
        "change_keyworker",
        AT_WORK,
        "",
        "area_officer team manager lead_agency",
        "",
        &[(
            "keyworker=\"keyworker <keyworker@example.org>\"",
            "",
            "allocated_on=today keyworker_accepted=no keyworker_left_on= keyworker_changes=+1 keyworker_changed_on=today",
        )],
    ),
    ("change_lead_agency", AT_WORK, "", LEADS, "", &[("lead_agency=\"lead agency <lead_agency@example.org>\"", "", "")]),
    ("keyworker_left", AT_WORK, "", TEAM_AROUND, "@keyworker", &[("", "", "keyworker_left_on=today keyworker_accepted=no")]),
    (
        "plan_taf",
        "allocated taf",
        "taf",
        TEAM_AROUND,
        "keyworker_accepted=yes",
        &[(
            "first_taf_on={day} day_off=yes",
            "",
            "first_taf_on=day first_taf_at= employment_advisor_invited=yes first_taf_moves=+1 paused_days=+pause paused_on= paused_until=",
        )],
    ),
    (
        "call_off_taf",
        "taf",
        "allocated",
        TEAM_AROUND,
        "",
        &[("", "", "first_taf_on= first_taf_at= employment_advisor_invited=no")],
    ),
    (
        "record_initial_taf",
        "allocated taf",
        "reviews",
        TEAM_AROUND,
        "",
        &[(
            "held_on={today} employment_advisor=attended plan_agreed=no child_voice=yes next_review_on={day} day_off=yes",
            "",
            "initial_taf_held=yes keyworker_accepted=yes employment_advisor=attended plan_agreed=no child_voice=yes last_contact_on=today \
          next_review_on=day next_review_at= reviews_held=0 review_moves=0 plan_looked_at_on=today paused_until= paused_on= paused_days=0",
        )],
    ),
    (
        "record_review",
        "reviews",
        "",
        TEAM_AROUND,
        "",
        &[
            (
                "last_contact_on={today} change=same child_voice=no key_agencies=one_missing help_wanted=yes next_review_on={day} day_off=yes",
                "",
                "last_contact_on=today last_change=same reviews_unchanged=+1 key_agency_absent=+1 child_voice=no next_review_on=day \
          next_review_at= help_wanted=yes last_review_on=today plan_looked_at_on=today review_moves=0 reviews_held=+1 paused_until= paused_on= paused_days=0",
            ),
            (
                "last_contact_on={today} change=better child_voice=yes next_review_on={day} next_review_at=14:00 day_off=yes",
                "",
                "last_contact_on=today last_change=better reviews_unchanged=0 child_voice=yes next_review_on=day next_review_at=14:00 \
          last_review_on=today plan_looked_at_on=today review_moves=0 reviews_held=+1 paused_until= paused_on= paused_days=0",
            ),
        ],
    ),
    (
        "change_review_date",
        "reviews",
        "",
        TEAM_AROUND,
        "",
        &[("next_review_on={day} day_off=yes", "", "next_review_on=day next_review_at= review_moves=+1")],
    ),
    (
        "call_urgent_taf",
        AT_WORK,
        "",
        TEAM_AROUND,
        "!urgent_taf_on",
        &[("urgent_taf_on={day} day_off=yes", "", "urgent_taf_on=day urgent_taf_at= urgent_tafs=+1")],
    ),
    (
        "move_urgent_taf",
        OPEN,
        "",
        TEAM_AROUND,
        "urgent_taf_on?",
        &[("urgent_taf_on={day} day_off=yes", "", "urgent_taf_on=day urgent_taf_at=")],
    ),
    (
        "record_urgent_taf",
        OPEN,
        "",
        TEAM_AROUND,
        "urgent_taf_on?",
        &[("held=yes child_voice=yes words=agreed", "", "last_contact_on=today child_voice=yes urgent_taf_on= urgent_taf_at=")],
    ),
    ("call_off_urgent_taf", OPEN, "", LEADS, "urgent_taf_on?", &[("", "", "urgent_taf_on= urgent_taf_at=")]),
    ("help_given", OPEN, "", "area_officer team manager employment_advisor", "help_wanted=yes", &[("", "", "help_wanted=no")]),
    ("record_contact", OPEN, "", ANYBODY, "", &[("contact_on={today}", "", "last_contact_on=today")]),
    (
        "note",
        "awaiting_information safeguarding_hold triage checks awaiting_allocation allocated taf reviews exit_proposed watch \
      consent_withdrawn closed",
        "",
        "team duty manager information_governance area_officer employment_advisor lead_agency keyworker",
        "",
        &[("words=noted", "", "")],
    ),
    (
        "pause",
        "awaiting_allocation allocated taf reviews",
        "",
        TEAM_AROUND,
        "",
        &[("paused_until={day}", "", "paused_days=+pause paused_on=today paused_until=day pauses=+1")],
    ),
    ("resume", OPEN, "", TEAM_AROUND, "paused_until?", &[("", "", "paused_days=+pause paused_on= paused_until=")]),
    (
        "statutory_leads",
        "awaiting_information safeguarding_hold triage checks awaiting_allocation allocated taf reviews exit_proposed \
      consent_withdrawn",
        "",
        TEAM_AROUND,
        "!statutory_led / statutory_led=no",
        &[("statutory_kind=child_in_need", "", "statutory_led=yes statutory_led_on=today statutory_kind=child_in_need")],
    ),
    (
        "statutory_ended",
        "allocated taf reviews",
        "",
        TEAM_AROUND,
        "statutory_led=yes",
        &[
            (
                "consent=given next_review_on={day}",
                "",
                "statutory_led=no statutory_led_on= consent=given consent_on=today next_review_on=day",
            ),
            (
                "consent=refused next_review_on={day}",
                "",
                "statutory_led=no statutory_led_on= consent=refused consent_on=today next_review_on=day",
            ),
        ],
    ),
    ("hand_over_area", OPEN, "", LEADS, "area_known=yes", &[("area=carlisle", "", "handed_over_on=today")]),
    ("confirm_handover", OPEN, "", LEADS, "handed_over_on?", &[("", "", "handed_over_on=")]),
    (
        "propose_exit",
        "allocated taf reviews",
        "exit_proposed",
        TEAM_AROUND,
        "",
        &[
            ("exit_reason=single_agency_support", "", "exit_reason=single_agency_support paused_until= paused_on= paused_days=0"),
            ("exit_reason=outcomes_met", "never=so", "exit_reason=outcomes_met paused_until= paused_on= paused_days=0"),
            (
                "exit_reason=moved_to_social_care",
                "statutory_led=yes",
                "exit_reason=moved_to_social_care paused_until= paused_on= paused_days=0",
            ),
            ("exit_reason=disengaged", "risk_view?", "exit_reason=disengaged paused_until= paused_on= paused_days=0"),
            ("exit_reason=moved_away", "move_told?", "exit_reason=moved_away paused_until= paused_on= paused_days=0"),
        ],
    ),
    (
        "record_new_place",
        OPEN,
        "",
        "keyworker lead_agency area_officer team manager",
        "",
        &[("move_told=told", "", "move_told=told"), ("move_told=not_told", "", "move_told=not_told")],
    ),
    (
        "confirm_exit",
        "exit_proposed",
        "watch",
        LEADS,
        "exit_reason=single_agency_support",
        &[(
            "",
            "",
            "watch_started_on=today exit_confirmed_on=today re_entered_on= six_month_check= six_month_check_on= \
          kept_in_watch_on=today twelve_month_check= next_review_on= help_wanted=no",
        )],
    ),
    (
        "return_to_reviews",
        "exit_proposed",
        "reviews",
        LEADS,
        "",
        &[("next_review_on={day}", "", "initial_taf_held=yes next_review_on=day exit_reason= risk_view= move_told=")],
    ),
    (
        "record_six_month_check",
        "watch",
        "",
        "area_officer team keyworker",
        "",
        &[
            ("six_month_check=not_sustained", "", "six_month_check=not_sustained six_month_check_on=today kept_in_watch_on="),
            (
                "six_month_check=sustained",
                "watch_started_on+6",
                "six_month_check=sustained six_month_check_on=today kept_in_watch_on=",
            ),
        ],
    ),
    (
        "record_twelve_month_check",
        "watch",
        "closed",
        "area_officer team keyworker",
        "six_month_check?",
        &[
            ("twelve_month_check=not_sustained", "", "twelve_month_check=not_sustained close_reason=watch_ended"),
            ("twelve_month_check=sustained", "watch_started_on+12", "twelve_month_check=sustained close_reason=watch_ended"),
        ],
    ),
    ("keep_in_watch", "watch", "", LEADS, "six_month_check=not_sustained", &[("", "", "kept_in_watch_on=today")]),
    (
        "return_from_watch",
        "watch",
        "reviews",
        LEADS,
        "",
        &[(
            "next_review_on={day}",
            "",
            "initial_taf_held=yes next_review_on=day watch_started_on= re_entered_on=today exit_reason= \
          allocated_on=today plan_looked_at_on=today paused_days=0 review_moves=0 keyworker_accepted=no",
        )],
    ),
    (
        "record_risk_view",
        OPEN,
        "",
        "area_officer team manager duty keyworker",
        "",
        &[("risk_view=no_concern", "", "risk_view=no_concern"), ("risk_view=shared_with_hub", "", "risk_view=shared_with_hub")],
    ),
    (
        "close",
        OPEN,
        "closed",
        "area_officer team manager duty",
        "risk_view?",
        &[
            ("close_reason=moved_away", "move_told?", "close_reason=moved_away"),
            ("close_reason=consent_withdrawn", "consent=withdrawn", "close_reason=consent_withdrawn"),
            ("close_reason=consent_refused", "consent=refused", "close_reason=consent_refused"),
            ("close_reason=moved_to_social_care", "statutory_led=yes", "close_reason=moved_to_social_care"),
            ("close_reason=duplicate", "known_family=open_elsewhere", "close_reason=duplicate"),
        ],
    ),
    (
        "reopen",
        "closed",
        "triage",
        LEADS,
        "",
        &[(
            "",
            "",
            "close_reason= exit_reason= risk_view= decision= initial_taf_held= first_taf_on= next_review_on= watch_started_on= \
          paused_until= paused_on= paused_days= move_told= escalated_on= parent_talk_on= urgent_taf_on= urgent_taf_at= withdrawal_said_on= first_taf_at= handed_over_on= \
          keyworker_left_on= keyworker_accepted= statutory_led= help_wanted=",
        )],
    ),
    ("ask_agencies", "checks awaiting_allocation", "", OFFICE, AGREED, &[]),
];
