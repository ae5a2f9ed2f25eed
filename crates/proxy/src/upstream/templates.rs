//! The requests that are made of FlexPortal, and no others: fixed templates with ids in them that were checked, and one set of headers.

use super::{Page, UpstreamError};
use crate::config::UpstreamConfig;
use crate::http::Request;
use crate::policy::{AskOrder, Permitted, Scope, Sign};
use flexportal::{Action, SignRequest};
use http_body_util::Full;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Uri};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;

/// Makes requests out of permissions.
pub struct Templates {
    base: String,
    /// The key appears in [`Templates::request`] and nowhere else.
    api_key: SecretString,
    tenant: String,
}

impl Templates {
    /// Takes over where FlexPortal is and who we are to it.
    pub fn new(config: UpstreamConfig) -> Self {
        let base = config.base.as_str().trim_end_matches('/').to_owned();
        Self { base, api_key: config.api_key, tenant: config.tenant_id }
    }

    /// One page of the scope's files.
    ///
    /// # Errors
    /// [`UpstreamError::Unreadable`] where the configuration's values cannot stand in a request; so do the others.
    pub fn list(&self, scope: &Permitted<Scope>, page: &Page) -> Result<Request, UpstreamError> {
        let (name, subject) = match scope.what() {
            Scope::Order(order) => ("orderId", order.as_str()),
            Scope::Customer(_) => ("customerId", scope.customer().as_str()),
        };
        let mut query = Serializer::new(String::with_capacity(128));
        query.append_pair(name, subject);
        if let Some(document_type) = &page.document_type {
            query.append_pair("type", document_type);
        }
        query.append_pair("limit", &page.limit.to_string()).append_pair("offset", &page.offset.to_string());
        self.request(Method::GET, ["/v1/files?", &query.finish()], None)
    }

    /// Whose an order is.
    pub fn order(&self, question: &Permitted<AskOrder>) -> Result<Request, UpstreamError> {
        let AskOrder(order) = question.what();
        self.request(Method::GET, ["/v1/orders/", order.as_str()], None)
    }

    /// A signed URL for a file.
    pub fn sign(&self, file: &Permitted<Sign>, action: Action, minutes: u32) -> Result<Request, UpstreamError> {
        let file_id = &file.what().file;
        let body =
            SignRequest { file_id: Some(file_id.clone()), action, expires_in_minutes: Some(minutes), ..SignRequest::default() };
        let body = serde_json::to_vec(&body).map_err(|_| UpstreamError::Unreadable("request"))?;
        self.request(Method::POST, ["/v1/files/url", ""], Some(body))
    }

    /// A list with one record, whosesoever: for the operator, who is shown nothing of it.
    pub fn probe(&self) -> Result<Request, UpstreamError> {
        self.request(Method::GET, ["/v1/files?", "limit=1&offset=0"], None)
    }

    /// The target's first part is fixed, and the second of an alphabet that needs no encoding, or encoded: so this joins text.
    fn request(&self, method: Method, target: [&str; 2], body: Option<Vec<u8>>) -> Result<Request, UpstreamError> {
        let [fixed, variable] = target;
        let uri = Uri::try_from([&self.base, fixed, variable].concat()).map_err(|_| UpstreamError::Unreadable("address"))?;
        let mut key = HeaderValue::from_str(&format!("Bearer {}", self.api_key.expose_secret()))
            .map_err(|_| UpstreamError::Unreadable("API key"))?;
        key.set_sensitive(true);
        let tenant = HeaderValue::from_str(&self.tenant).map_err(|_| UpstreamError::Unreadable("tenant"))?;
        let mut request = Request::default();
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, key);
        headers.insert("tenant-id", tenant);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Full::from(body);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn should_keep_the_key_out_of_debug_output() {
        let base = Url::parse("https://api.example").unwrap();
        let config = UpstreamConfig { base, api_key: "KEY".into(), tenant_id: "tenant".into(), requests_per_minute: 1 };
        let request = Templates::new(config).probe().unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer KEY");
        assert!(request.headers()[AUTHORIZATION].is_sensitive() && !format!("{request:?}").contains("KEY"));
    }
}
