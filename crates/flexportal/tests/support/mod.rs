//! What the tests of the wire types share.

use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Reads JSON from bytes and by way of `serde_json::Value`; both must say the same. `None` where it is refused.
pub fn read<T: DeserializeOwned + PartialEq + Debug>(json: &str) -> Option<T> {
    let from_bytes: Option<T> = serde_json::from_slice(json.as_bytes()).ok();
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let from_value: Option<T> = serde_json::from_value(value).ok();
    assert_eq!(from_bytes, from_value, "bytes and values read differently: {json}");
    from_bytes
}
