//! Pages for reading, on this machine only: cases, one case, the inbox, the outbox. They change nothing and have no forms.
//!
//! Every answer, errors included, carries the same strict headers, and only requests that name this machine (or the address the
//! settings give to the pages) are answered at all, so that no foreign page can read along. Start at [`router`] and [`serve`].

mod limits;
mod pages;
pub mod view;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::domain::ids::CaseReference;

/// Why something cannot be shown. The page says so without a word of it; it was told where it was noticed.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {what}")]
pub struct ViewError {
    /// What was to be shown: `the list of cases`.
    pub what: &'static str,
    /// Why not.
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

/// Where pages get what they show.
pub trait Views: Send + Sync + 'static {
    /// Every case, in any order.
    fn cases(&self) -> impl Future<Output = Result<Vec<view::CaseLine>, ViewError>> + Send;
    /// One case; `None` when there is none.
    fn case(&self, reference: CaseReference) -> impl Future<Output = Result<Option<view::CasePage>, ViewError>> + Send;
    /// The newest mails received, the newest first.
    fn inbox(&self) -> impl Future<Output = Result<Vec<view::MailLine>, ViewError>> + Send;
    /// What people are asked to do, the longest due first.
    fn worklist(&self) -> impl Future<Output = Result<Vec<view::TaskLine>, ViewError>> + Send;
    /// The newest letters, the newest first.
    fn outbox(&self) -> impl Future<Output = Result<Vec<view::LetterLine>, ViewError>> + Send;
    /// Is the program at work?
    fn health(&self) -> impl Future<Output = Result<(), ViewError>> + Send;
}

/// What is the same on every page.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The programme's title.
    pub programme: String,
    /// Show that no family is real.
    pub demonstration: bool,
    /// How letters name the pages; requests for its host are answered too.
    pub public_url: String,
}

struct Pages<V> {
    pub site: Site,
    pub views: Arc<V>,
}

impl<V> Clone for Pages<V> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone(), views: self.views.clone() }
    }
}

/// The pages.
pub fn router<V: Views>(site: Site, views: Arc<V>) -> Router {
    let hosts = Hosts::of(&site);
    Router::new()
        .route("/", get(pages::cases::<V>))
        .route("/cases/{reference}", get(pages::case::<V>))
        .route("/inbox", get(pages::inbox::<V>))
        .route("/inbox/{receipt}", get(pages::mail::<V>))
        .route("/worklist", get(pages::worklist::<V>))
        .route("/outbox", get(pages::outbox::<V>))
        .route("/healthz", get(pages::health::<V>))
        .route("/assets/site.css", get(|| asset("text/css; charset=utf-8", include_str!("../../assets/site.css"))))
        .route("/assets/icon.svg", get(|| asset("image/svg+xml", include_str!("../../assets/icon.svg"))))
        .fallback(pages::not_found::<V>)
        .with_state(Pages { site, views })
        .layer(middleware::from_fn_with_state(hosts, guard))
}

/// Serves the pages on `listener` until `stop` ends; connections are few and short.
///
/// # Errors
/// When the listener breaks.
pub async fn serve<V: Views>(
    listener: tokio::net::TcpListener,
    site: Site,
    views: Arc<V>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(limits::Limited::new(listener), router(site, views)).with_graceful_shutdown(stop).await
}

/// The names of this machine that requests may use.
#[derive(Debug, Clone)]
struct Hosts(Vec<String>);

impl Hosts {
    fn of(site: &Site) -> Self {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
        if let Ok(url) = site.public_url.parse::<Uri>() {
            names.extend(url.host().map(str::to_ascii_lowercase));
        }
        Self(names)
    }
    /// A page of a stranger can make a browser come here under the stranger's name; it is not answered.
    fn know(&self, request: &Request) -> bool {
        let mut named = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else { return false };
        let Some(host) = host.to_str().ok().and_then(|host| host.parse::<axum::http::uri::Authority>().ok()) else {
            return false;
        };
        self.0.iter().any(|name| name.eq_ignore_ascii_case(host.host()))
    }
}

async fn guard(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let mut response = if hosts.know(&request) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "this address is not served here\n").into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}

const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

async fn asset(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type)], text)
}
