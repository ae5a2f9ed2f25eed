//! Signs a file that was found, for whichever route asks.

use crate::app::App;
use crate::error::Failure;
use crate::finding::{Hint, permit_file};
use crate::patience::Patience;
use crate::policy;
use crate::session::Session;
use crate::storage;
use flexportal::{Action, SignedUrl, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// What is to be signed, as the request names it.
pub struct Wish<'a> {
    /// The file's id, not yet checked.
    pub file: &'a str,
    /// The order's id, not yet checked, where the request names one.
    pub order: Option<&'a str>,
    /// Where it was listed.
    pub hint: Hint,
    /// View or download.
    pub action: Action,
    /// The URL's lifetime in minutes, 1 to 1440.
    pub minutes: u32,
}

/// A fresh signed URL that points to an allowed origin, and always says until when.
///
/// # Errors
/// [`Failure::NotFound`] where the file is not the session's; what the upstream failed with; or a refusal of where the URL points.
pub async fn sign(app: &App, session: &Session, wish: Wish<'_>) -> Result<SignedUrl, Failure> {
    let patience = Patience::lasting(app.limits.budget_wait);
    let permitted = permit_file(app, session, wish.file, wish.order, &wish.hint, patience).await?;
    let asked_at = SystemTime::now();
    let mut signed = app.upstream.sign(&permitted, wish.action, wish.minutes, patience).await?;
    let customer = permitted.customer();
    let file = &permitted.what().file;
    let action = match wish.action {
        Action::View => "view",
        Action::Download => "download",
        Action::Upload => "upload",
    };
    // What is signed in the place of another file must not be handed out, whoever made the mistake.
    if policy::is_for_another(&permitted, &signed) {
        tracing::error!(%customer, %file, action, "the upstream signed another file than was asked for");
        return Err(Failure::UpstreamUnreadable);
    }
    // The form is the schema's, which names none.
    signed.file_id = None;
    match storage::check(&signed.url, &app.storage) {
        Ok(url) => signed.url = url,
        Err(failure) => {
            tracing::error!(%customer, %file, action, code = failure.code(), "the upstream signed a URL that is refused: see PROXY_STORAGE_ORIGINS");
            return Err(failure);
        }
    }
    // Who was given what: the operator's record.
    tracing::info!(%customer, %file, action, minutes = wish.minutes, "signed");
    // Where the answer does not say, the URL lives no longer than was asked for.
    signed.expires_at = signed.expires_at.or_else(|| {
        let millis = asked_at.duration_since(UNIX_EPOCH).ok()?.as_millis() as i64 + i64::from(wish.minutes) * 60_000;
        Timestamp::from_millis(millis)
    });
    Ok(signed)
}
