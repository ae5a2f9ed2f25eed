//! `order-documents-demo-customers`: prints the seeded customers and their orders as JSON, for the demo's portal page.
#![forbid(unsafe_code)]

fn main() {
    println!("{}", serde_json::json!(order_documents_sandbox::demo_customers()));
}
