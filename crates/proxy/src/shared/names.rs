//! What things are called in the shared state. No customer, order or tenant can be read from it.

use crate::budget::{Call, Purpose};
use crate::config::UpstreamConfig;
use aws_lc_rs::digest::{SHA256, digest};

/// The names of one tenant's state; another tenant's are others.
#[derive(Debug, Clone)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// Out of what tells tenants apart.
    pub fn new(config: &UpstreamConfig) -> Self {
        let identity = format!("{}\n{}", config.base.as_str().trim_end_matches('/'), config.tenant_id);
        // The braces keep all of it on one node of a cluster.
        Self { prefix: format!("order-documents:{{{}}}:", hex(&identity, 8)) }
    }

    /// Something of the tenant's.
    pub fn of(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    /// What customers' sets begin with.
    pub fn customers(&self) -> String {
        self.of("own:")
    }

    /// A customer, as the end of its sets' names.
    pub fn customer(&self, call: &Call) -> String {
        hex(&format!("{}{}", self.prefix, call.customer), 16)
    }

    /// The sets that a call is in.
    pub fn sets(&self, purpose: Purpose, customer: &str) -> Vec<String> {
        let own = format!("{}{customer}", self.customers());
        match purpose {
            Purpose::Read => vec![self.of("all"), self.of("reads"), format!("{own}:reads"), own],
            Purpose::Sign => vec![self.of("all"), own],
        }
    }

    /// A question that the upstream refused.
    pub fn refused(&self, question: &str) -> String {
        self.of(&format!("refused:{}", hex(&format!("{}{question}", self.prefix), 16)))
    }

    /// A list's.
    pub fn list(&self, key: &str) -> String {
        self.of(&format!("list:{}", hex(key, 32)))
    }
}

fn hex(text: &str, bytes: usize) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flexportal::CustomerId;

    fn names(base: &str, tenant: &str) -> Names {
        let base = base.parse().unwrap();
        Names::new(&UpstreamConfig { base, api_key: "key".into(), tenant_id: tenant.into(), requests_per_minute: 1 })
    }

    fn hash_of(name: &str) -> &str {
        name.rsplit(':').next().unwrap()
    }

    #[test]
    fn should_share_nothing_between_tenants_and_tell_nobody_who_they_are() {
        let own = names("https://api.example", "tenant");
        let call = Call { purpose: Purpose::Read, customer: CustomerId::new("cust_anna").unwrap() };
        assert_eq!(own.of("all"), names("https://api.example/", "tenant").of("all"));
        for other in [names("https://api.example", "other"), names("https://other.example", "tenant")] {
            assert_ne!(own.of("all"), other.of("all"));
            assert_ne!(own.customers(), other.customers());
            assert_ne!(own.customer(&call), other.customer(&call));
            assert_ne!(own.list("cust_anna ord_1"), other.list("cust_anna ord_1"));
            assert_ne!(hash_of(&own.refused("list ord_1")), hash_of(&other.refused("list ord_1")));
        }
        assert_ne!(own.refused("list cust_anna"), own.refused("sign cust_anna"));
        let more = vec![own.list("cust_anna"), own.refused("list cust_anna")];
        let all = [own.sets(Purpose::Read, &own.customer(&call)), more].concat().join(" ");
        assert!(!all.contains("anna") && !all.contains("tenant") && all.contains(":reads"), "{all}");
    }
}
