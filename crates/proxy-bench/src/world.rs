//! Who has which documents. It is told by the ids alone, so that nothing has to be kept, and so that a reader of an answer can judge it without
//! asking anybody.

use std::fmt::Write;

/// Stand where the proxy must let nothing through; a byte of one in an answer or a log is a leak.
pub const CANARIES: [&str; 4] = ["CANARY-tenant", "CANARY-path", "CANARY-uploader", "CANARY-metadata"];

/// The key that the proxy calls with; a canary, too.
pub const API_KEY: &str = "CANARY-key-5b1c";

/// The tenant that it calls for.
pub const TENANT: &str = "CANARY-tenant";

/// Where signed URLs point.
pub const STORAGE: &str = "https://storage.example";

/// An order: the number of its customer, its own number, and how many documents it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// Whose it is.
    pub customer: u32,
    /// Which of the customer's.
    pub number: u32,
    /// How many documents it has.
    pub documents: u32,
}

impl Order {
    /// `ord_<customer>_<number>_<documents>`
    pub fn id(self) -> String {
        format!("ord_{:05}_{}_{}", self.customer, self.number, self.documents)
    }

    /// The order of an id; `None` where there is none of that name.
    pub fn of(id: &str) -> Option<Self> {
        let mut parts = id.strip_prefix("ord_")?.split('_').map(str::parse);
        let (Some(Ok(customer)), Some(Ok(number)), Some(Ok(documents)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Some(Self { customer, number, documents }).filter(|order| order.id() == id && documents <= 1000)
    }

    /// The id of one of its documents: `file_<customer>_<number>_<documents>_<which>`.
    pub fn file(self, which: u32) -> String {
        format!("file_{:05}_{}_{}_{which}", self.customer, self.number, self.documents)
    }
}

/// The order and the place in it of a file id; `None` where there is no such file.
pub fn order_of_file(id: &str) -> Option<(Order, u32)> {
    let (order, which) = id.strip_prefix("file_")?.rsplit_once('_')?;
    let order = Order::of(&format!("ord_{order}"))?;
    let which = which.parse().ok().filter(|&which| which < order.documents)?;
    (order.file(which) == id).then_some((order, which))
}

/// `cust_<number>`
pub fn customer_id(customer: u32) -> String {
    format!("cust_{customer:05}")
}

/// The number of a customer's id.
pub fn customer_of(id: &str) -> Option<u32> {
    let number = id.strip_prefix("cust_")?.parse().ok()?;
    (customer_id(number) == id).then_some(number)
}

/// The name that a document is shown by. It has its customer in it, so that another's name in an answer is seen.
pub fn file_name(order: Order, which: u32) -> String {
    format!("NAME-{:05}-invoice {}-{which}.pdf", order.customer, order.number)
}

/// One record as FlexPortal's schema dialect writes it, appended to `into`.
pub fn write_record(into: &mut String, order: Order, which: u32) {
    let [tenant, path, uploader, metadata] = CANARIES;
    let (file, id, customer, name) = (order.file(which), order.id(), customer_id(order.customer), file_name(order, which));
    let kind = ["invoice", "contract", "document", "attachment"][which as usize % 4];
    // Writing into a string cannot fail.
    let _ = write!(
        into,
        "{{\"fileId\":\"{file}\",\"tenantId\":\"{tenant}\",\"orderId\":\"{id}\",\"customerId\":\"{customer}\",\"type\":\"{kind}\",\
         \"category\":\"generated\",\"filename\":\"stored-{file}.pdf\",\"originalFilename\":\"{name}\",\"contentType\":\"application/pdf\",\
         \"fileSize\":{size},\"storagePath\":\"{path}/{file}\",\"uploadedBy\":\"{uploader}\",\
         \"createdAt\":\"2025-01-15T11:30:00Z\",\"updatedAt\":\"2025-01-16T11:30:00Z\",\"metadata\":{{\"note\":\"{metadata}\"}}}}",
        size = 1000 + which * 37,
    );
}

/// A page of the order's list, as an honest upstream answers it.
pub fn page(order: Order, limit: u32, offset: u32) -> String {
    let here = offset.min(order.documents)..offset.saturating_add(limit).min(order.documents);
    let mut text = String::with_capacity(128 + 600 * here.len());
    let _ = write!(text, "{{\"count\":{},\"limit\":{limit},\"offset\":{offset},\"files\":[", here.len());
    for which in here.clone() {
        if which > here.start {
            text.push(',');
        }
        write_record(&mut text, order, which);
    }
    text.push_str("]}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_find_back_what_an_id_names() {
        let order = Order { customer: 12, number: 3, documents: 7 };
        assert_eq!((Order::of(&order.id()), order_of_file(&order.file(6))), (Some(order), Some((order, 6))));
        assert_eq!((customer_of("cust_00012"), customer_of("cust_12"), customer_of("12")), (Some(12), None, None));
        for id in
            ["ord_12_3_7", "ord_00012_3", "ord_00012_3_7_1", "file_00012_3_7", "ord_", "ord_00012_03_7", "ord_00012_3_99999"]
        {
            assert_eq!(Order::of(id), None, "{id}");
        }
        for id in ["file_00012_3_7_7", "file_00012_3_7", "file_00012_3_7_06", "ord_00012_3_7"] {
            assert_eq!(order_of_file(id), None, "{id}");
        }
    }

    #[test]
    fn should_write_pages_that_are_json_and_have_the_canaries_in_them() {
        let order = Order { customer: 1, number: 2, documents: 5 };
        let page: serde_json::Value = serde_json::from_str(&page(order, 2, 3)).unwrap();
        let ids: Vec<_> = page["files"].as_array().unwrap().iter().map(|file| file["fileId"].as_str().unwrap()).collect();
        assert_eq!(ids, [order.file(3), order.file(4)]);
        let text = page.to_string();
        assert!(CANARIES.iter().all(|canary| text.contains(canary)), "{text}");
    }
}
