//! Mails as bytes: what a council's mail server would hand over, `Received` and `Authentication-Results` included.

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Message, MultiPart, SinglePart};

use super::county::{COUNCIL, MAILBOX, drawn};
use super::{forms, letters, story};
use crate::ambient::Ambient;
use crate::domain::time::{Date, Instant};

/// A mail of the sample county.
#[derive(Debug, Clone)]
pub struct DemoMail {
    /// `01-school-form.eml`.
    pub file_name: String,
    /// The mail.
    pub raw: Vec<u8>,
    /// What it is, for the story: no names.
    pub what: &'static str,
}

/// Whether the border server could prove the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It could.
    Passed,
    /// It could not: anybody may have written it.
    Failed,
}

/// A mail before it is one.
pub(super) struct Post {
    pub slug: &'static str,
    pub what: &'static str,
    pub from: (String, String),
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// File name, media type, content.
    pub attachments: Vec<(String, &'static str, Vec<u8>)>,
    pub proof: Proof,
    /// More header lines.
    pub headers: Vec<&'static str>,
    /// The post of the same day it answers, counted from 0.
    pub answers: Option<usize>,
}

pub(super) const PDF: &str = "application/pdf";
pub(super) const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

impl Post {
    /// A proven mail of `from` (name and address) with `text` and nothing else.
    pub(super) fn new(slug: &'static str, what: &'static str, from: (&str, &str), subject: &str, text: &str) -> Self {
        Self {
            slug,
            what,
            from: (from.0.to_owned(), from.1.to_owned()),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: None,
            attachments: Vec::new(),
            proof: Proof::Passed,
            headers: Vec::new(),
            answers: None,
        }
    }
}

/// `count` mails received on the morning of `day`: first those of the story, each of another kind, then nominations drawn from
/// `ambient`'s numbers. The same day and numbers give the same bytes.
#[must_use]
pub fn mails(day: Date, ambient: &Ambient, count: usize) -> Vec<DemoMail> {
    let mut posts = story::posts(day);
    posts.truncate(count);
    while posts.len() < count {
        posts.push(further(day, ambient, posts.len()));
    }
    let ids: Vec<String> = posts
        .iter()
        .map(|post| format!("<{:032x}@{}>", ambient.bits(), post.from.1.rsplit_once('@').map_or(COUNCIL, |(_, domain)| domain)))
        .collect();
    let dawn = day.at(7, 30, 0, 0).in_tz("Europe/London").expect("every morning has a half past seven").timestamp();
    posts
        .iter()
        .enumerate()
        .map(|(index, post)| {
            let minutes = i64::try_from(7 * index).expect("a morning's mails");
            let sent =
                dawn.checked_add(jiff::SignedDuration::from_mins(minutes)).expect("a demonstration is far from the end of time");
            DemoMail {
                file_name: format!("{:02}-{}.eml", index + 1, post.slug),
                raw: raw(post, sent, &ids[index], post.answers.and_then(|earlier| ids.get(earlier))),
                what: post.what,
            }
        })
        .collect()
}

/// One more nomination, carried in turn by a form with fields, a Word form, lines and an HTML mail.
fn further(day: Date, ambient: &Ambient, index: usize) -> Post {
    let nomination = drawn(day, ambient);
    let from = (nomination.referrer.name.as_str(), nomination.referrer.email.as_str());
    let mut post = Post::new("nomination", "a further nomination", from, "Nomination", "Please find a nomination from us.");
    match index % 4 {
        0 => post.attachments.push(("nomination.pdf".to_owned(), PDF, crate::forms::bytes(forms::nomination_pdf(&nomination)))),
        1 => post.attachments.push(("nomination.docx".to_owned(), DOCX, forms::nomination_docx(&nomination))),
        2 => post.text = letters::labelled(&nomination),
        _ => post.html = Some(letters::html(&nomination, "Please take up this family.")),
    }
    post
}

/// A mail of words alone, for [`plain_mail`].
#[derive(Debug, Clone)]
pub struct PlainMail {
    /// Name and address of who sends it.
    pub from: (String, String),
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its Message-ID, with brackets.
    pub id: String,
    /// The Message-ID it answers.
    pub answers: Option<String>,
    /// Whether the border server could prove the sender.
    pub proven: bool,
    /// A program wrote it.
    pub automatic: bool,
}

/// The bytes of `mail`, sent at `sent`, as the council's mail server would hand them over.
#[must_use]
pub fn plain_mail(mail: &PlainMail, sent: Instant) -> Vec<u8> {
    let mut post = Post::new("plain", "", (&mail.from.0, &mail.from.1), &mail.subject, &mail.text);
    if !mail.proven {
        post.proof = Proof::Failed;
    }
    if mail.automatic {
        post.headers.push("Auto-Submitted: auto-replied");
    }
    raw(&post, sent, &mail.id, mail.answers.as_ref())
}

pub(super) fn raw(post: &Post, sent: Instant, id: &str, answers: Option<&String>) -> Vec<u8> {
    let (name, address) = &post.from;
    let mailbox = |text: &str| text.parse().expect("a made-up address is an address");
    let mut builder = Message::builder()
        .from(mailbox(&format!("\"{name}\" <{address}>")))
        .to(mailbox(MAILBOX))
        .subject(&post.subject)
        .date(std::time::SystemTime::from(sent))
        .message_id(Some(id.to_owned()));
    if let Some(earlier) = answers {
        builder = builder.in_reply_to(earlier.clone()).references(earlier.clone());
    }
    let boundary = |level: &str| format!("{level}-{}", &id[1..25]);
    let text = SinglePart::plain(post.text.clone());
    let message = match (&post.html, post.attachments.is_empty()) {
        (None, true) => builder.singlepart(text),
        (Some(html), _) => {
            let both = MultiPart::alternative().boundary(boundary("alternative"));
            builder.multipart(both.singlepart(text).singlepart(SinglePart::html(html.clone())))
        }
        (None, false) => {
            let mut mixed = MultiPart::mixed().boundary(boundary("mixed")).singlepart(text);
            for (file_name, media_type, bytes) in &post.attachments {
                let media_type = ContentType::parse(media_type).expect("a media type");
                mixed = mixed.singlepart(Attachment::new(file_name.clone()).body(bytes.clone(), media_type));
            }
            builder.multipart(mixed)
        }
    };
    let domain = address.rsplit_once('@').map_or(COUNCIL, |(_, domain)| domain);
    let received = sent.in_tz("Europe/London").expect("the zone is built in").strftime("%a, %d %b %Y %H:%M:%S %z");
    let verdict = match post.proof {
        Proof::Passed => "pass",
        Proof::Failed => "fail",
    };
    let automatic = post.headers.iter().any(|header| header.starts_with("Auto-Submitted"));
    let mut raw = format!(
        "Return-Path: <{}>\r\n\
         Authentication-Results: mx.{COUNCIL}; spf={verdict} smtp.mailfrom={domain};\r\n dkim={verdict} header.d={domain}; dmarc={verdict} header.from={domain}\r\n\
         Received: from mail.{domain} ([192.0.2.25]) by mx.{COUNCIL} with ESMTPS;\r\n {received}\r\n",
        if automatic { "" } else { address }
    );
    for header in &post.headers {
        raw.push_str(header);
        raw.push_str("\r\n");
    }
    let mut raw = raw.into_bytes();
    raw.extend(message.expect("the mail has a sender and a recipient").formatted());
    raw
}
