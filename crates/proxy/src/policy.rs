//! Who may do what. Pure: it decides on what the session says and what the upstream answered, and asks nobody.
//!
//! A [`Permitted`] value is the only thing that the upstream client takes, and only this module makes one. So a request that was not decided
//! here cannot be written.

use crate::session::Session;
use crate::upstream::Page;
use flexportal::{CustomerId, FileId, FileRecord, Order, OrderId, SignedUrl};
use std::collections::BTreeSet;
use std::ops::Range;

/// Something that a session may do. Only [`policy`](self) can make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted<T> {
    what: T,
    session: Session,
}

impl<T> Permitted<T> {
    /// What is permitted.
    pub fn what(&self) -> &T {
        &self.what
    }

    /// Who may.
    pub fn customer(&self) -> &CustomerId {
        self.session.customer()
    }
}

/// Whose files are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Those of one order.
    Order(OrderId),
    /// All of the session's customer; of the orders named here it is known that they are that customer's.
    Customer(BTreeSet<OrderId>),
}

impl Scope {
    /// The order, where it is one order's files.
    pub fn order(&self) -> Option<&OrderId> {
        match self {
            Self::Order(order) => Some(order),
            Self::Customer(_) => None,
        }
    }
}

/// The question whose an order is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskOrder(pub OrderId);

/// A signed URL for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The file.
    pub file: FileId,
    /// What its record says of it.
    marks: Marks,
}

/// What a file is known by where its id is not named.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Marks {
    name: Option<Box<str>>,
    size: Option<u64>,
}

impl Marks {
    fn of(record: &FileRecord) -> Self {
        Self { name: record.name.as_deref().map(Box::from), size: record.size }
    }
}

/// The operator's question whether the upstream answers, as `order-documents-proxy check --call` asks it. It is no [`Permitted`]: it lists
/// nothing, signs nothing, and what comes back tells how the answer was made and nothing that was in it.
#[derive(Debug)]
pub struct Probe(());

/// The operator may always ask whether the upstream answers. No request of a customer comes here.
pub fn probe() -> Probe {
    Probe(())
}

/// What a session may do about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderDecision {
    /// The token names the order.
    Permitted(Permitted<Scope>),
    /// The token names no orders: the upstream is to say whose it is.
    Ask(Permitted<AskOrder>),
    /// The token names its orders, and this is none of them.
    Refused,
}

/// May the session see this order?
pub fn order(session: &Session, order: OrderId) -> OrderDecision {
    match session.orders() {
        Some(orders) if orders.contains(&order) => OrderDecision::Permitted(permit(session, Scope::Order(order))),
        Some(_) => OrderDecision::Refused,
        None => OrderDecision::Ask(permit(session, AskOrder(order))),
    }
}

/// May the session see the order that was asked about, now that the upstream has answered? An answer about another order, or about
/// nobody's, says nothing, and neither does one that does not say which order it is about: it may be the answer to another question.
pub fn order_answered(question: &Permitted<AskOrder>, answer: &Order) -> Option<Permitted<Scope>> {
    let AskOrder(asked) = &question.what;
    let about_it = answer.order_id.as_ref() == Some(asked);
    let owned = answer.customer_id.as_ref() == Some(question.session.customer());
    (about_it && owned).then(|| permit(&question.session, Scope::Order(asked.clone())))
}

/// A session may always see its own customer's files, which [`belongs`] then decides one by one.
pub fn customer(session: &Session) -> Permitted<Scope> {
    permit(session, Scope::Customer(BTreeSet::new()))
}

/// The order that has to be asked about before a record of a customer's list can be judged: where the token names no orders, and the record names
/// one. That the record names the session's customer, too, is not enough: whose the order is decides.
pub fn unclear<'a>(scope: &Permitted<Scope>, record: &'a FileRecord) -> Option<&'a OrderId> {
    let told = scope.session.orders().is_some() || scope.what.order().is_some();
    if told || record.misattributed || names_another(scope, record) { None } else { record.order_id.as_ref() }
}

/// A customer's scope, with orders that were permitted to the same customer.
pub fn customer_and(scope: &Permitted<Scope>, orders: &[Permitted<Scope>]) -> Permitted<Scope> {
    let same = orders.iter().filter(|order| order.customer() == scope.customer());
    let known = same.filter_map(|order| order.what.order().cloned());
    match &scope.what {
        Scope::Customer(before) => permit(&scope.session, Scope::Customer(before.iter().cloned().chain(known).collect())),
        Scope::Order(_) => scope.clone(),
    }
}

/// Is this record one that the scope may show? The upstream's filter is not trusted: the record itself must say so.
pub fn belongs(scope: &Permitted<Scope>, record: &FileRecord) -> bool {
    if record.misattributed || names_another(scope, record) {
        return false;
    }
    match (&scope.what, &record.order_id) {
        (Scope::Order(order), Some(of)) => of == order,
        (Scope::Order(_), None) => false,
        // The same answer as the order's own page would give: where the token names its orders, those and no others.
        (Scope::Customer(known), Some(of)) => match scope.session.orders() {
            Some(orders) => orders.contains(of),
            None => known.contains(of),
        },
        (Scope::Customer(_), None) => record.customer_id.is_some(),
    }
}

fn names_another(scope: &Permitted<Scope>, record: &FileRecord) -> bool {
    record.customer_id.as_ref().is_some_and(|customer| customer != scope.customer())
}

/// The records that the scope may show. Of those that are held back only the number is told, and only to the operator: it tells how much of others'
/// there is.
pub fn own<'a>(scope: &'a Permitted<Scope>, records: &'a [FileRecord]) -> impl Iterator<Item = &'a FileRecord> {
    records.iter().filter(|record| belongs(scope, record))
}

/// May the file be signed, now that this record was found in the scope?
pub fn found(scope: &Permitted<Scope>, file: &FileId, record: &FileRecord) -> Option<Permitted<Sign>> {
    (record.file_id == *file && belongs(scope, record))
        .then(|| permit(&scope.session, Sign { file: file.clone(), marks: Marks::of(record) }))
}

/// Is what was signed another file than was asked for, as far as the answer tells? Its id does, and where it names none (the schema's form), its size
/// together with its name.
///
/// Neither of the two is enough by itself: a list may show the original name and a signature the stored one, and a file may have been replaced by a
/// longer one since it was listed. The media type says nothing: it may be wrong, and the storage may have its own. A size of 0 is as good as none.
pub fn is_for_another(asked: &Permitted<Sign>, signed: &SignedUrl) -> bool {
    let Sign { file, marks } = &asked.what;
    if signed.file_id.as_ref().is_some_and(|signed| signed != file) {
        return true;
    }
    let named = |size: Option<u64>| size.filter(|size| *size > 0);
    let other_size = named(signed.file_size).zip(named(marks.size)).is_some_and(|(signed, known)| signed != known);
    let same_name = signed.filename.as_deref().is_some_and(|name| marks.name.as_deref() == Some(name));
    other_size && !same_name
}

/// Under what a page of a list is remembered and shared: whose list, and which part of it. It is made of a permission only, so that nobody looks
/// into what is remembered before that was decided. What is found there is judged anew for each who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListKey {
    subject: Subject,
    page: Page,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    Order(OrderId),
    Customer(CustomerId),
}

impl ListKey {
    /// The key of a page of a permitted list.
    pub fn of(scope: &Permitted<Scope>, page: &Page) -> Self {
        let subject = match &scope.what {
            Scope::Order(order) => Subject::Order(order.clone()),
            Scope::Customer(_) => Subject::Customer(scope.customer().clone()),
        };
        Self { subject, page: page.clone() }
    }

    /// The key as text, for a cache of another process. An id holds no colon, and the type, which may hold anything, stands last: no two keys
    /// are one text.
    pub fn text(&self) -> String {
        let (kind, id) = match &self.subject {
            Subject::Order(order) => ("order", order.as_str()),
            Subject::Customer(customer) => ("customer", customer.as_str()),
        };
        let Page { limit, offset, document_type } = &self.page;
        match document_type {
            None => format!("{kind}:{id}:{limit}:{offset}"),
            Some(word) => format!("{kind}:{id}:{limit}:{offset}:{word}"),
        }
    }
}

/// Under what the answer to "whose is this order?" is remembered and shared: who asked, and about which order. Were it the order alone, the time
/// that an answer takes would tell one customer that another had asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnerKey {
    customer: CustomerId,
    order: OrderId,
}

impl OwnerKey {
    /// The key of a permitted question.
    pub fn of(question: &Permitted<AskOrder>) -> Self {
        Self { customer: question.customer().clone(), order: question.what.0.clone() }
    }
}

/// The files that were found on a page of an order's list, by a session's customer: made only out of records that [`belongs`], and good for a
/// short time which its keeper bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    customer: CustomerId,
    order: OrderId,
    files: Vec<Found>,
    /// Their ids and names, one behind another: thousands of them would be as many pieces of memory.
    texts: String,
}

/// A file that was found, with where its texts are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    id: Range<usize>,
    name: Option<Range<usize>>,
    size: Option<u64>,
}

impl Finding {
    /// What was found on a page, where that is of an order's list.
    pub fn of(scope: &Permitted<Scope>, records: &[FileRecord]) -> Option<Self> {
        let order = scope.what.order()?.clone();
        let length = |record: &FileRecord| record.file_id.as_str().len() + record.name.as_ref().map_or(0, String::len);
        let own: Vec<_> = own(scope, records).collect();
        let mut texts = String::with_capacity(own.iter().copied().map(length).sum());
        let mut keep = |text: &str| {
            texts.push_str(text);
            texts.len() - text.len()..texts.len()
        };
        let found = own.iter().map(|record| Found {
            id: keep(record.file_id.as_str()),
            name: record.name.as_deref().map(&mut keep),
            size: record.size,
        });
        Some(Self { customer: scope.customer().clone(), order, files: found.collect(), texts })
    }

    /// How many files these are.
    pub fn count(&self) -> usize {
        self.files.len()
    }
}

/// May the file be signed on an earlier finding? Only where it is among what was found, under the very scope that is permitted now.
pub fn found_earlier(scope: &Permitted<Scope>, finding: &Finding, file: &FileId) -> Option<Permitted<Sign>> {
    let same = finding.customer == *scope.customer() && scope.what.order() == Some(&finding.order);
    let found = finding.files.iter().find(|found| same && finding.texts[found.id.clone()] == *file.as_str())?;
    let name = found.name.clone().map(|name| finding.texts[name].into());
    Some(permit(&scope.session, Sign { file: file.clone(), marks: Marks { name, size: found.size } }))
}

fn permit<T>(session: &Session, what: T) -> Permitted<T> {
    Permitted { what, session: session.clone() }
}

#[cfg(test)]
mod ownership_oracle;
#[cfg(test)]
mod tests;
