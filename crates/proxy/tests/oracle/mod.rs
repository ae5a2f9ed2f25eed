//! Who may have what, told from the tenant's raw data by a truth table. It names nothing of the proxy and reads no JSON: what it knows it wrote.
//!
//! Used by the library's own tests (policy and decoding, 100,000 cases) and by those of the whole proxy over sockets.

use fastrand::Rng;

pub const CUSTOMERS: [&str; 4] = ["cust_anna", "cust_ben", "CUST_ANNA", "7"];

/// What is asked for: orders that exist, one that differs in case, one that nobody has, and ids that are none.
pub const ORDERS: [&str; 6] = ["ord_a1", "ord_a2", "ord_b1", "ORD_A1", "42", "ord_none"];
pub const NO_ORDERS: [&str; 6] = ["", "../ord_a1", "ord_a1 ", "ord_a1\u{0}", "ord_a1/../ord_b1", "ord_а1"];

/// Who asks: a customer, and the orders that the token names, if it names any.
#[derive(Debug, Clone)]
pub struct Identity {
    pub customer: &'static str,
    pub orders: Option<Vec<&'static str>>,
}

/// What a field of an answer says about an owner, and how it is written.
#[derive(Debug, Clone)]
pub enum Said {
    /// An id, as a string; some write digits as a number.
    Id(&'static str),
    /// No field, or one that says nothing.
    Nothing(Option<&'static str>),
    /// Something that names somebody, and cannot be an id.
    Odd(&'static str),
    /// The field stands twice. Two readers may see two owners.
    Twice(&'static str, &'static str),
}

/// How a field is understood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Named {
    One(&'static str),
    Nobody,
    Unclear,
}

impl Said {
    fn any(chance: &mut Rng, ids: &[&'static str]) -> Self {
        let id = |chance: &mut Rng| *chance.choice(ids).unwrap();
        match chance.u8(0..20) {
            0..13 => Self::Id(id(chance)),
            13..16 => Self::Nothing(*chance.choice([None, Some("null"), Some("\"\"")].iter()).unwrap()),
            16..18 => {
                let odd = [
                    "[\"ord_a1\"]",
                    "{\"id\":\"ord_a1\"}",
                    "true",
                    "\"ord_a1 \"",
                    "\" cust_anna\"",
                    "\"cust_anna/\"",
                    "-1",
                    "1.5",
                ];
                Self::Odd(odd[chance.usize(..odd.len())])
            }
            _ => Self::Twice(id(chance), id(chance)),
        }
    }

    pub fn named(&self) -> Named {
        match self {
            Self::Id(id) => Named::One(id),
            Self::Nothing(_) => Named::Nobody,
            Self::Twice(one, other) if one == other => Named::One(one),
            Self::Twice(..) | Self::Odd(_) => Named::Unclear,
        }
    }

    fn names(&self, id: &str) -> bool {
        matches!(self.named(), Named::One(named) if named == id)
    }

    /// The field with a comma behind it, or nothing.
    fn written(&self, key: &str) -> String {
        let id = |id: &str| if id.bytes().all(|byte| byte.is_ascii_digit()) { id.to_owned() } else { format!("\"{id}\"") };
        match self {
            Self::Id(of) => format!("\"{key}\":{},", id(of)),
            Self::Nothing(None) => String::new(),
            Self::Nothing(Some(raw)) | Self::Odd(raw) => format!("\"{key}\":{raw},"),
            Self::Twice(one, other) => format!("\"{key}\":{},\"{key}\":{},", id(one), id(other)),
        }
    }
}

/// A record as the upstream tells it. Its name is its mark: where the mark appears, the record was shown.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: String,
    pub mark: String,
    pub order: Said,
    pub customer: Said,
}

impl Record {
    pub fn json(&self) -> String {
        let Self { id, mark, order, customer } = self;
        let (order, customer) = (order.written("orderId"), customer.written("customerId"));
        format!(r#"{{{order}"fileId":"{id}",{customer}"filename":"{mark}.pdf","type":"invoice","storagePath":"SECRET-{mark}"}}"#)
    }
}

/// What the upstream answers when it is asked whose an order is.
#[derive(Debug, Clone)]
pub enum LookUp {
    /// 200: the order's own id under one of its two names, and its customer.
    Order { id_key: &'static str, id: Said, customer: Said },
    /// 404 or 403.
    Refused(u16),
    /// 200, and no order at all.
    Unusable(&'static str),
}

impl LookUp {
    fn any(chance: &mut Rng, order: &'static str) -> Self {
        let id = match chance.u8(0..10) {
            0..6 => Said::Id(order),
            6..8 => Said::Nothing(None),
            _ => Said::any(chance, &ORDERS),
        };
        let id_key = if chance.bool() { "orderId" } else { "id" };
        // A field that stands twice in an order's answer is refused by the decoder: nothing is shown on it.
        let once = |said| if let Said::Twice(..) = said { Said::Odd("[]") } else { said };
        match chance.u8(0..12) {
            0 => Self::Refused(404),
            1 => Self::Refused(403),
            2 => Self::Unusable(["[]", "\"cust_anna\"", "{\"customer\":\"cust_anna\"}"][chance.usize(..3)]),
            _ => Self::Order { id_key, id: once(id), customer: once(Said::any(chance, &CUSTOMERS)) },
        }
    }

    /// Status and body.
    pub fn answer(&self) -> (u16, String) {
        match self {
            Self::Order { id_key, id, customer } => {
                let (id, customer) = (id.written(id_key), customer.written("customerId"));
                (200, format!(r#"{{{id}"customer":{{{customer}"email":"SECRET"}}}}"#))
            }
            Self::Refused(status) => (*status, "{}".into()),
            Self::Unusable(body) => (200, (*body).into()),
        }
    }

    /// Whether the answer is one at all. An order that names itself by something that is no id is none.
    pub fn is_usable(&self) -> bool {
        match self {
            Self::Order { id, .. } => id.named() != Named::Unclear,
            Self::Refused(_) => true,
            Self::Unusable(_) => false,
        }
    }

    fn says_that(&self, order: &str, is_of: &str) -> bool {
        let Self::Order { id, customer, .. } = self else { return false };
        id.names(order) && customer.names(is_of)
    }
}

/// All that one upstream says.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub records: Vec<Record>,
    pub look_ups: Vec<(&'static str, LookUp)>,
    /// Whether it filters a list by what is asked for, as it promises.
    pub filters: bool,
}

impl Tenant {
    pub fn any(chance: &mut Rng, most_records: usize) -> Self {
        let records = (0..chance.usize(0..=most_records)).map(|number| {
            // Ids that stand for two files, and ids that differ in case only.
            let id = match chance.u8(0..8) {
                0 => "file_same".to_owned(),
                1 => "FILE_same".to_owned(),
                _ => format!("file_{number}"),
            };
            let (order, customer) = match chance.u8(0..4) {
                // Half of them Anna's in order, so that there is something to show; and some of hers that name no customer.
                0 => (Said::Id(ORDERS[chance.usize(..2)]), Said::Id("cust_anna")),
                1 => (Said::Id("ord_a1"), Said::Nothing(None)),
                _ => (Said::any(chance, &ORDERS), Said::any(chance, &CUSTOMERS)),
            };
            Record { id, mark: format!("MARK{number}X"), order, customer }
        });
        let records = records.collect();
        let look_ups = ORDERS.map(|order| {
            let honest = LookUp::Order { id_key: "orderId", id: Said::Id(order), customer: Said::Id("cust_anna") };
            let honest = (order.starts_with("ord_a") && chance.bool()).then_some(honest);
            (order, honest.unwrap_or_else(|| LookUp::any(chance, order)))
        });
        Self { records, look_ups: look_ups.into(), filters: chance.bool() }
    }

    pub fn look_up(&self, order: &str) -> Option<&LookUp> {
        self.look_ups.iter().find(|(of, _)| *of == order).map(|(_, answer)| answer)
    }

    /// What it sends when it is asked for an order's list, or a customer's.
    pub fn listed(&self, order: Option<&str>, customer: &str) -> Vec<&Record> {
        let wanted = |record: &&Record| match order {
            _ if !self.filters => true,
            Some(order) => record.order.named() == Named::Unclear || record.order.names(order),
            None => record.customer.named() == Named::Unclear || record.customer.names(customer),
        };
        self.records.iter().filter(wanted).collect()
    }

    pub fn list_json(records: &[&Record]) -> String {
        let records: Vec<_> = records.iter().map(|record| record.json()).collect();
        format!(r#"{{"count":{},"files":[{}]}}"#, records.len(), records.join(","))
    }
}

/// What the table says of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// These records, by their marks.
    Shows(Vec<String>),
    /// As if it did not exist.
    NotFound,
    /// The upstream's answer about an order could not be used: nothing is shown, and that is told.
    Fails,
}

/// May this identity see that order? `None` where the upstream's answer cannot be used.
pub fn may_see(who: &Identity, order: &str, tenant: &Tenant) -> Option<bool> {
    match (&who.orders, tenant.look_up(order)) {
        _ if !ORDERS.contains(&order) => Some(false),
        (Some(named), _) => Some(named.contains(&order)),
        (None, None) => Some(false),
        (None, Some(answer)) => answer.is_usable().then(|| answer.says_that(order, who.customer)),
    }
}

/// Is this record, as it was listed, one that may be shown (and signed)? `order`: the one that is asked for, or else all that is the customer's.
/// `None` where the upstream's answer about an order cannot be used.
pub fn may_have(who: &Identity, order: Option<&str>, record: &Record, tenant: &Tenant) -> Option<bool> {
    if !is_not_anothers(who, record) {
        return Some(false);
    }
    match (order, record.order.named()) {
        (Some(order), _) => may_see(who, order, tenant).map(|may| may && record.order.names(order)),
        (None, Named::One(order)) => may_see(who, order, tenant),
        (None, Named::Nobody) => Some(record.customer.names(who.customer)),
        (None, Named::Unclear) => Some(false),
    }
}

fn shows(who: &Identity, order: Option<&str>, tenant: &Tenant) -> Verdict {
    let mut marks = Vec::new();
    for record in tenant.listed(order, who.customer) {
        match may_have(who, order, record, tenant) {
            Some(may) => marks.extend(may.then(|| record.mark.clone())),
            None => return Verdict::Fails,
        }
    }
    Verdict::Shows(marks)
}

/// The list of an order.
pub fn orders_list(who: &Identity, order: &str, tenant: &Tenant) -> Verdict {
    match may_see(who, order, tenant) {
        None => Verdict::Fails,
        Some(false) => Verdict::NotFound,
        Some(true) => shows(who, Some(order), tenant),
    }
}

/// The list of everything that is the customer's.
pub fn customers_list(who: &Identity, tenant: &Tenant) -> Verdict {
    shows(who, None, tenant)
}

/// No field of it names another customer, or something that nobody can be sure of.
fn is_not_anothers(who: &Identity, record: &Record) -> bool {
    record.order.named() != Named::Unclear && (record.customer.named() == Named::Nobody || record.customer.names(who.customer))
}

/// Mostly Anna, so that there is something to show.
pub fn identity(chance: &mut Rng) -> Identity {
    let customer = if chance.u8(0..3) > 0 { "cust_anna" } else { *chance.choice(&CUSTOMERS).unwrap() };
    let orders = chance.bool().then(|| {
        let named = if customer == "cust_anna" { &ORDERS[..] } else { &ORDERS[2..] };
        named.iter().copied().filter(|_| chance.bool()).collect()
    });
    Identity { customer, orders }
}

/// One of the orders, or something that is none.
pub fn asked(chance: &mut Rng) -> &'static str {
    if chance.u8(0..10) == 0 { NO_ORDERS[chance.usize(..NO_ORDERS.len())] } else { ORDERS[chance.usize(..ORDERS.len())] }
}
