//! Where a file was listed, in the query of its links and of the request for its signature: written here, and read here.

use super::query;
use crate::error::Failure;
use crate::finding::Hint;
use crate::upstream::Page;
use axum::http::Uri;
use flexportal::OrderId;
use std::borrow::Cow;
use url::form_urlencoded::Serializer;

/// The largest offset.
const MAX_OFFSET: u64 = 10_000_000;

/// The longest type, in characters.
const MAX_TYPE: usize = 64;

/// The order that a query names, not yet checked, and the place.
pub struct PlaceQuery {
    pub order: Option<String>,
    pub hint: Hint,
}

impl PlaceQuery {
    /// `offset` is a place in the order's list, `customerOffset` one in the customer's.
    ///
    /// # Errors
    /// [`Failure::BadRequest`] or [`Failure::Unprocessable`] where a value is not what it should be.
    pub fn read(uri: &Uri) -> Result<Self, Failure> {
        let names = ["orderId", "type", "offset", "customerOffset"];
        let [order, word, in_order, in_customers] = query::read(uri, names)?;
        let (in_order, in_customers) = (offset(in_order.as_deref())?, offset(in_customers.as_deref())?);
        if in_order.is_some() && in_customers.is_some() {
            return Err(Failure::BadRequest("A file is listed at an offset or at a customerOffset, not at both."));
        }
        let hint = Hint {
            offset: in_order.or(in_customers).unwrap_or(0),
            document_type: document_type(word)?,
            in_customers_list: in_customers.is_some(),
        };
        Ok(Self { order: order.map(Cow::into_owned), hint })
    }
}

/// The query of a link to a file that was listed on this page, with its `?`, or nothing where there is nothing to say.
pub fn query(order: Option<&OrderId>, page: &Page, in_orders_list: bool) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(order) = order {
        query.append_pair("orderId", order.as_str());
    }
    if let Some(word) = &page.document_type {
        query.append_pair("type", word);
    }
    match (in_orders_list, page.offset) {
        (true, 0) => {}
        (true, offset) => drop(query.append_pair("offset", &offset.to_string())),
        (false, offset) => drop(query.append_pair("customerOffset", &offset.to_string())),
    }
    let query = query.finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

/// An offset of a query.
///
/// # Errors
/// [`Failure::Unprocessable`]
pub fn offset(text: Option<&str>) -> Result<Option<u64>, Failure> {
    let number = text.map(str::parse::<u64>).transpose().ok().filter(|number| number.is_none_or(|number| number <= MAX_OFFSET));
    number.ok_or(Failure::Unprocessable("offset is a whole number from 0 to 10000000"))
}

/// A type of a query; an empty one is none.
///
/// # Errors
/// [`Failure::Unprocessable`]
pub fn document_type(word: Option<Cow<'_, str>>) -> Result<Option<String>, Failure> {
    let word = word.filter(|word| !word.is_empty()).map(Cow::into_owned);
    match word.as_ref().is_some_and(|word| word.chars().count() > MAX_TYPE || word.chars().any(char::is_control)) {
        true => Err(Failure::Unprocessable("type has at most 64 characters")),
        false => Ok(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Result<PlaceQuery, Failure> {
        PlaceQuery::read(&format!("/x{query}").parse().unwrap())
    }

    #[test]
    fn should_refuse_a_place_that_is_none() {
        for query in
            ["?offset=-1", "?offset=1.5", "?offset=10000001", "?customerOffset=x", "?type=%00", "?offset=", "?customerOffset="]
        {
            assert!(matches!(read(query), Err(Failure::Unprocessable(_))), "{query}");
        }
        for query in ["?offset=1&customerOffset=1", "?offset=1&offset=2", "?orderId=a&orderId=b"] {
            assert!(matches!(read(query), Err(Failure::BadRequest(_))), "{query}");
        }
    }

    proptest! {
        #[test]
        fn should_read_what_it_writes(
            order in proptest::option::of("[A-Za-z0-9_-]{1,20}"),
            word in proptest::option::of("\\PC{1,64}"),
            offset in prop_oneof![Just(0), 1..=MAX_OFFSET],
            in_orders_list: bool,
        ) {
            let order = order.map(|id| OrderId::new(id).unwrap());
            let page = Page { limit: 50, offset, document_type: word.clone() };
            let place = read(&query(order.as_ref(), &page, in_orders_list)).unwrap();
            prop_assert_eq!(place.order, order.map(|id| id.to_string()));
            prop_assert_eq!(place.hint, Hint { offset, document_type: word, in_customers_list: !in_orders_list });
        }
    }
}
