//! `POST {endpoint}/files/url`: a URL for one use.

use super::Client;
use super::http::{ask, checked, json};
use crate::model::{Problem, is_safe_signed_url};
use flexportal::{Action, FileRecord, SignedUrl};
use web_sys::{AbortSignal, Url};

/// A signed URL to get a file from, checked. Using it uses it up; it is neither kept nor shown.
pub struct SignedGet(String);

impl SignedGet {
    pub(super) fn into_url(self) -> String {
        self.0
    }
}

impl Client {
    /// Asks for a URL to get one file.
    ///
    /// # Errors
    /// Any [`Problem`] of a request, and [`Problem::UnsafeUrl`] where the URL must not be used.
    pub async fn sign(&self, file: &FileRecord, action: Action, cancel: &AbortSignal) -> Result<SignedGet, Problem> {
        let url = format!("{}/files/url{}", self.endpoint, place(file));
        let response = ask(&url, Some(self.body(file, action)), cancel).await?;
        // Our proxy refuses a URL that leads elsewhere before the browser sees it, and says so.
        if response.status() == 502 && response.text().await.is_ok_and(|body| body.contains("STORAGE_ORIGIN_REFUSED")) {
            return Err(Problem::UnsafeUrl);
        }
        let signed: SignedUrl = json(checked(response)?).await?;
        if safe(&signed.url) { Ok(SignedGet(signed.url)) } else { Err(Problem::UnsafeUrl) }
    }

    /// The body of the request. Ids need no escaping: they are made of letters, digits, `_` and `-`.
    fn body(&self, file: &FileRecord, action: Action) -> String {
        let action = if action == Action::Download { "download" } else { "view" };
        let order = file.order_id.as_ref().or(self.order_id.as_ref());
        let order = order.map(|order| format!(r#","orderId":"{order}""#)).unwrap_or_default();
        let (file, minutes) = (&file.file_id, self.link_minutes);
        format!(r#"{{"fileId":"{file}","action":"{action}","expiresInMinutes":{minutes}{order}}}"#)
    }
}

/// The query of our proxy's own link: it tells where in the order's list the file was, so that the proxy need not look for it.
fn place(file: &FileRecord) -> &str {
    let link = file.links.as_ref().map_or("", |links| links.view.as_str());
    link.find('?').map_or("", |at| &link[at..])
}

fn safe(url: &str) -> bool {
    Url::new(url).is_ok_and(|url| {
        let has_credentials = !url.username().is_empty() || !url.password().is_empty();
        is_safe_signed_url(&url.protocol(), &url.hostname(), has_credentials)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flexportal::{OrderId, SignRequest};

    #[test]
    fn should_write_a_request_that_the_wire_types_read() {
        let file: FileRecord = serde_json::from_str(r#"{"fileId":"file_1-A","orderId":"ord_1"}"#).unwrap();
        let client = Client { endpoint: "/api/v1".into(), order_id: None, document_type: None, link_minutes: 5 };
        for (action, order_id) in [(Action::View, Some("ord_1")), (Action::Download, None)] {
            let file = FileRecord { order_id: order_id.and_then(|id| OrderId::new(id).ok()), ..file.clone() };
            let read: SignRequest = serde_json::from_str(&client.body(&file, action)).unwrap();
            let expected = SignRequest {
                file_id: Some(file.file_id.clone()),
                action,
                expires_in_minutes: Some(5),
                order_id: file.order_id.clone(),
                ..SignRequest::default()
            };
            assert_eq!(read, expected);
        }
    }
}
