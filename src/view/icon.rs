//! The icons' paths, in a 24 by 24 box.

pub const DOWNLOAD: &str = "M12 3v12m0 0 5-5m-5 5-5-5M4 20h16";
pub const CLOSE: &str = "M6 6l12 12M18 6 6 18";
pub const BACK: &str = "M15 5l-7 7 7 7";
pub const FORWARD: &str = "M9 5l7 7-7 7";
pub const SEARCH: &str = "M20 20l-4.5-4.5M17.5 10.5a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z";
pub const FOLDER: &str = "M3 7a2 2 0 0 1 2-2h4l2.5 2.5H19a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7Z";
pub const LOCK: &str = "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5v-9Z";
pub const CLOCK: &str = "M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z";
pub const CLOUD_OFF: &str = "M4 4l16 16M8.5 6.2A6 6 0 0 1 18 10a4.5 4.5 0 0 1 2.4 8M15.5 19H7a5 5 0 0 1-.9-9.9";
pub const WARNING: &str = "M12 4 2.5 20h19L12 4Zm0 6v4.5m0 2.5v.5";
pub const FILE: &str = "M6 3h8l5 5v13H6V3Zm8 0v5h5";
