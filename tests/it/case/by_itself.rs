//! The second half of [`by_hand`](super::by_hand), in its language: what follows of moves, transitions and deadlines.

use super::by_hand::{AGREED, AT_WORK, BEFORE_WORK, CALM, OPEN, REFUSABLE};

/// Who is named, and whose role ends, by move.
pub const NAMES: [(&str, &str); 4] = [
    ("allocate", "keyworker"),
    ("change_keyworker", "keyworker"),
    ("change_lead_agency", "lead_agency"),
    ("record_safe_contact", "family"),
];
pub const ENDS: [(&str, &str); 4] = [
    ("withdraw_safe_contact", "family"),
    ("decline_allocation", "keyworker lead_agency"),
    ("keyworker_left", "keyworker"),
    ("reopen", "keyworker lead_agency"),
];

/// Moves about members, needs and the plan: `outcomes` has a model of those.
pub const OF_THE_FAMILY: [&str; 14] = [
    "add_member",
    "change_member",
    "member_left",
    "record_need",
    "rule_out_theme",
    "record_progress",
    "accept_progress",
    "waive_need",
    "agree_action",
    "change_action",
    "end_action",
    "agree_plan",
    "exclude_agency",
    "settle_kept_out",
];

/// From, when, to: the first that applies, until none does.
pub const AUTOMATIC: [(&str, &str, &str); 9] = [
    (CALM, "danger_words=yes", "safeguarding_hold"),
    ("allocated taf reviews exit_proposed watch", "consent=refused|withdrawn", "consent_withdrawn"),
    (BEFORE_WORK, "consent=withdrawn", "consent_withdrawn"),
    ("consent_withdrawn", AGREED, "triage"),
    (
        "awaiting_information",
        "consent=asserted|given|partial assessment=started|complete !information_awaited / \
      consent=asserted|given|partial assessment=started|complete information_awaited=no",
        "triage",
    ),
    ("triage", "initial_taf_held=yes next_review_on? consent=given|partial", "reviews"),
    ("triage", "@keyworker first_taf_on? !initial_taf_held consent=given|partial", "taf"),
    ("triage", "@keyworker !first_taf_on !initial_taf_held consent=given|partial", "allocated"),
    ("triage", "watch_started_on? consent=given|partial", "watch"),
];

/// Timer, stages, when, the day it counts from: `entered`, `opened`, `acted` or a fact, later by the working days behind `~`.
pub const TIMERS: [(&str, &str, &str, &str); 40] = [
    ("safeguarding_look", "safeguarding_hold", "", "entered"),
    ("information", "awaiting_information", "", "entered"),
    ("triage", "triage", "", "entered"),
    ("checks", "checks", "", "entered"),
    ("check_answers", "checks awaiting_allocation", "checks_open+ consent=given|partial", "checks_due_on"),
    ("meeting", "checks awaiting_allocation", "", "meeting_on"),
    ("allocation", "awaiting_allocation", "", "entered"),
    ("meeting_day", "awaiting_allocation", "!meeting_on", "entered"),
    ("first_taf", "allocated", "!paused_until", "allocated_on~paused_days"),
    ("taf_held", "allocated taf", "!paused_until", "first_allocated_on~paused_days"),
    ("taf_day", "taf", "!paused_until", "first_taf_on"),
    ("review", "reviews", "!paused_until !statutory_led / !paused_until statutory_led=no", "next_review_on"),
    ("review_held", "reviews", "!paused_until !statutory_led / !paused_until statutory_led=no", "plan_looked_at_on~paused_days"),
    ("exit_check", "exit_proposed", "", "entered"),
    ("watch_middle", "watch", "!six_month_check", "watch_started_on"),
    ("watch_end", "watch", "", "watch_started_on"),
    ("watch_need", "watch", "never=so", "watch_started_on"),
    ("watch_not_lasted", "watch", "six_month_check=not_sustained !kept_in_watch_on", "six_month_check_on"),
    ("withdrawal_said", REFUSABLE, "", "withdrawal_said_on"),
    ("withdrawal", "consent_withdrawn", "", "entered"),
    ("pause_over", "awaiting_allocation allocated taf reviews", "", "paused_until"),
    (
        "area_unknown",
        "awaiting_information safeguarding_hold triage checks awaiting_allocation allocated taf reviews",
        "area_known=no",
        "opened",
    ),
    (
        "known_family",
        "awaiting_information safeguarding_hold triage checks awaiting_allocation allocated taf reviews",
        "match_possible=yes",
        "match_asked_on",
    ),
    ("advice", "awaiting_information", "!assessment !advice_given_on / assessment=none !advice_given_on", "opened"),
    ("details", "checks awaiting_allocation", "missing_items+", "opened"),
    ("acceptance", AT_WORK, "@keyworker !keyworker_accepted / @keyworker keyworker_accepted=no", "allocated_on"),
    ("keyworker_missing", AT_WORK, "!@keyworker", "keyworker_left_on"),
    ("employment_advisor", "taf", "!paused_until", "first_taf_on"),
    ("help", "reviews", "help_wanted=yes", "last_review_on"),
    ("rising_need", OPEN, "", "escalated_on"),
    ("urgent_taf", AT_WORK, "", "urgent_taf_on"),
    ("statutory_look", "allocated taf reviews", "statutory_led=yes", "statutory_led_on"),
    ("handover", OPEN, "", "handed_over_on"),
    ("action", AT_WORK, "never=so", "opened"),
    ("need_worse", AT_WORK, "never=so", "acted"),
    ("safe_contact", REFUSABLE, "safe_contact=yes", "safe_contact_on"),
    ("contact", AT_WORK, "", "acted"),
    ("drift", "reviews", "reviews_unchanged++ / key_agency_absent++ / child_voice=no", "last_review_on"),
    ("case_age", "checks awaiting_allocation allocated taf reviews exit_proposed", "", "opened"),
    ("watch_over", "watch", "", "entered"),
];

/// Timers whose ladder ends: they are wanted and may have nothing left to do.
pub const ENDING: [&str; 2] = ["details", "employment_advisor"];
