//! One function a page: ask the views, fill the template.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::view::{CaseLine, CasePage, LetterLine, MailLine, TaskLine};
use super::{Pages, Site, ViewError, Views};
use crate::domain::ids::CaseReference;
use crate::domain::time::{Date, Instant};

/// Which list a page belongs to, for its place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Here {
    Cases,
    Worklist,
    Inbox,
    Outbox,
    Nowhere,
}

#[derive(Template)]
#[template(path = "web/cases.html")]
struct CasesTemplate<'a> {
    site: &'a Site,
    here: Here,
    cases: Vec<CaseLine>,
    open: usize,
    late: usize,
}

#[derive(Template)]
#[template(path = "web/case.html")]
struct CaseTemplate<'a> {
    site: &'a Site,
    here: Here,
    case: CasePage,
}

#[derive(Template)]
#[template(path = "web/inbox.html")]
struct InboxTemplate<'a> {
    site: &'a Site,
    here: Here,
    mails: Vec<MailLine>,
    /// The receipt asked for, when it is the page of one mail.
    receipt: Option<String>,
}

#[derive(Template)]
#[template(path = "web/outbox.html")]
struct OutboxTemplate<'a> {
    site: &'a Site,
    here: Here,
    letters: Vec<LetterLine>,
}

#[derive(Template)]
#[template(path = "web/worklist.html")]
struct WorklistTemplate<'a> {
    site: &'a Site,
    here: Here,
    tasks: Vec<TaskLine>,
    late: usize,
}

#[derive(Template)]
#[template(path = "web/notice.html")]
struct NoticeTemplate<'a> {
    site: &'a Site,
    here: Here,
    title: &'a str,
    text: &'a str,
}

pub(super) async fn cases<V: Views>(State(pages): State<Pages<V>>) -> Response {
    let mut cases = match pages.views.cases().await {
        Ok(cases) => cases,
        Err(error) => return broken(&pages.site, &error),
    };
    // What is due first comes first; what has ended comes last.
    cases.sort_by(|one, other| {
        let key = |case: &CaseLine| (case.next_due_on.is_none(), case.next_due_on, case.reference.clone());
        key(one).cmp(&key(other))
    });
    let open = cases.iter().filter(|case| case.next_due_on.is_some()).count();
    let late = cases.iter().filter(|case| case.late).count();
    page(&CasesTemplate { site: &pages.site, here: Here::Cases, cases, open, late })
}

pub(super) async fn case<V: Views>(State(pages): State<Pages<V>>, Path(reference): Path<String>) -> Response {
    let Ok(reference) = reference.parse::<CaseReference>() else { return missing(&pages.site) };
    match pages.views.case(reference).await {
        Ok(Some(case)) => page(&CaseTemplate { site: &pages.site, here: Here::Cases, case }),
        Ok(None) => missing(&pages.site),
        Err(error) => broken(&pages.site, &error),
    }
}

pub(super) async fn inbox<V: Views>(State(pages): State<Pages<V>>) -> Response {
    match pages.views.inbox().await {
        Ok(mails) => page(&InboxTemplate { site: &pages.site, here: Here::Inbox, mails, receipt: None }),
        Err(error) => broken(&pages.site, &error),
    }
}

pub(super) async fn mail<V: Views>(State(pages): State<Pages<V>>, Path(receipt): Path<String>) -> Response {
    match pages.views.inbox().await {
        Ok(mails) => {
            let mails: Vec<MailLine> = mails.into_iter().filter(|mail| mail.receipt.eq_ignore_ascii_case(&receipt)).collect();
            match mails.first().map(|mail| mail.receipt.clone()) {
                Some(receipt) => page(&InboxTemplate { site: &pages.site, here: Here::Inbox, mails, receipt: Some(receipt) }),
                None => missing(&pages.site),
            }
        }
        Err(error) => broken(&pages.site, &error),
    }
}

pub(super) async fn worklist<V: Views>(State(pages): State<Pages<V>>) -> Response {
    match pages.views.worklist().await {
        Ok(tasks) => {
            let late = tasks.iter().filter(|task| task.late).count();
            page(&WorklistTemplate { site: &pages.site, here: Here::Worklist, tasks, late })
        }
        Err(error) => broken(&pages.site, &error),
    }
}

pub(super) async fn outbox<V: Views>(State(pages): State<Pages<V>>) -> Response {
    match pages.views.outbox().await {
        Ok(letters) => page(&OutboxTemplate { site: &pages.site, here: Here::Outbox, letters }),
        Err(error) => broken(&pages.site, &error),
    }
}

pub(super) async fn health<V: Views>(State(pages): State<Pages<V>>) -> Response {
    match pages.views.health().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not healthy");
            (StatusCode::SERVICE_UNAVAILABLE, "not healthy: run focus-family check\n").into_response()
        }
    }
}

pub(super) async fn not_found<V: Views>(State(pages): State<Pages<V>>) -> Response {
    missing(&pages.site)
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot fill a page");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be shown\n").into_response()
        }
    }
}

fn missing(site: &Site) -> Response {
    let text = "Check the address. A case reference looks like FF-2026-7142.";
    (StatusCode::NOT_FOUND, page(&NoticeTemplate { site, here: Here::Nowhere, title: "Page not found", text })).into_response()
}

fn broken(site: &Site, error: &ViewError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "cannot show a page");
    let text = "Nothing is lost. Try again; if it stays so, run focus-family check on the machine.";
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        page(&NoticeTemplate { site, here: Here::Nowhere, title: "This page cannot be shown now", text }),
    )
        .into_response()
}

/// A sentence with its commands, which stand between backticks, set as such.
fn sentence(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut open = false;
    // A backtick without its twin stays one.
    let pairs = text.matches('`').count() / 2 * 2;
    let mut seen = 0;
    for c in text.chars() {
        match c {
            '`' if seen < pairs => {
                html.push_str(if open { "</code>" } else { "<code>" });
                (open, seen) = (!open, seen + 1);
            }
            '&' => html.push_str("&#38;"),
            '<' => html.push_str("&#60;"),
            '>' => html.push_str("&#62;"),
            '"' => html.push_str("&#34;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

/// `26 Nov 2026`, for people and for programs.
fn day(date: &Date) -> String {
    format!("<time datetime=\"{date}\">{}</time>", date.strftime("%-d %b %Y"))
}

/// `26 Nov 2026, 9:05`, London.
fn moment(instant: &Instant) -> String {
    let local = instant.in_tz("Europe/London").expect("the zone is built in");
    format!("<time datetime=\"{instant}\">{}</time>", local.strftime("%-d %b %Y, %-H:%M"))
}
