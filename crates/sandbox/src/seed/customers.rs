//! The demo's customers and their orders.

use serde::Serialize;

/// A customer of the demo.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoCustomer {
    /// Such as `cust_anna`.
    pub id: &'static str,
    /// The person's name.
    pub name: &'static str,
    /// Whether the customer's tokens name the orders; else the proxy has to ask whose an order is.
    pub orders_in_token: bool,
    /// The orders; the first is opened after signing in.
    pub orders: Vec<DemoOrder>,
}

/// An order of the demo.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoOrder {
    /// Such as `ord_demo`.
    pub id: &'static str,
    /// What was ordered.
    pub title: &'static str,
    /// What the order shows, where it is there to show something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// The customers, the demo customer first.
pub fn demo_customers() -> Vec<DemoCustomer> {
    let order = |id, title, note: &'static str| DemoOrder { id, title, note: Some(note).filter(|note| !note.is_empty()) };
    vec![
        DemoCustomer {
            id: "cust_anna",
            name: "Anna Lindqvist",
            orders_in_token: true,
            orders: vec![
                order("ord_demo", "Solar roof and storage, Lindenweg 12", ""),
                order("ord_empty", "Heat pump, Lindenweg 12", "Ordered yesterday: no documents yet"),
                order("ord_large", "Solar park Havelland, metering archive", "10,000 documents"),
                order("ord_slow", "Wallbox, Lindenweg 12", "The list takes eight seconds"),
                order("ord_partial", "Maintenance plan, Seestraße 3", "The first page arrives, later ones fail"),
                order("ord_failing", "Balcony solar, Seestraße 3", "The upstream answers 500"),
                order("ord_limited", "Battery upgrade, Seestraße 3", "Rate-limited until five seconds have been waited"),
                order("ord_forbidden", "Roof survey, Seestraße 3", "The upstream answers 403"),
                order("ord_garbled", "Smart meter, Seestraße 3", "The upstream answers HTML"),
                order("ord_cut", "Energy audit, Seestraße 3", "The upstream's answer breaks off"),
                order("ord_odd", "Legacy import, Lindenweg 12", "Unreadable records among good ones"),
            ],
        },
        DemoCustomer {
            id: "cust_ben",
            name: "Ben Okafor",
            orders_in_token: false,
            orders: vec![
                order("ord_ben_home", "Solar roof, Hafenallee 40", ""),
                order("ord_ben_office", "Charging points, Hafenallee 42", ""),
            ],
        },
    ]
}
