use super::*;
use serde_json::Value;

/// What Chromium writes, out of `intl.json`; a portal test holds that file against a running one.
#[test]
fn should_write_as_chromium_does_in_every_region() {
    let expected: Value = serde_json::from_str(include_str!("intl.json")).unwrap();
    for (language, classes) in expected.as_object().unwrap() {
        for class in classes.as_array().unwrap() {
            let texts = |name: &str| serde_json::from_value::<Vec<String>>(class[name].clone()).unwrap();
            for region in class["regions"].as_str().unwrap().split(' ') {
                let forms = Forms::of(language, region);
                let tag = format!("{language}-{region}");
                let days = [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 3, 25];
                let dates: Vec<_> = days.iter().enumerate().map(|(month, day)| forms.date(2026, month + 1, *day)).collect();
                assert_eq!(dates, texts("dates"), "{tag}");
                assert_eq!(
                    [1, 999, 1234, 12345, 1_234_567].map(|number| forms.number(number)).to_vec(),
                    texts("numbers"),
                    "{tag}"
                );
                assert_eq!([0, 1, 2, 512].map(|number| forms.bytes(number)).to_vec(), texts("bytes"), "{tag}");
                let categories: &[&str] = match language.as_str() {
                    "fr" | "es" => &["one", "many", "other"],
                    _ => &["one", "other"],
                };
                let plurals = [0, 1, 2, 1_000_000, 2_000_000, 1_000_001].map(|number| categories[forms.plural(number)]);
                assert_eq!(plurals.to_vec(), texts("plurals"), "{tag}");
                for (unit, sizes) in class["units"].as_array().unwrap().iter().enumerate() {
                    let scale = 1000_u64.pow(unit as u32 + 1);
                    let sizes: Vec<String> = serde_json::from_value(sizes.clone()).unwrap();
                    // `0.5 kB` is 500 bytes, and 1230 of a unit is 1.23 of the next, unless there is none.
                    let written = [scale, scale + scale / 2, 999 * scale].map(|bytes| forms.bytes(bytes));
                    assert_eq!(written, sizes[..3], "{tag}");
                    if unit == 3 {
                        assert_eq!(forms.bytes(1230 * scale), sizes[4], "{tag}");
                    }
                }
            }
        }
    }
}

#[test]
fn should_round_sizes_as_browsers_do() {
    let forms = Forms::of("en", "US");
    for (bytes, expected) in [
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1004, "1 kB"),
        (1005, "1.01 kB"),
        (1015, "1.02 kB"),
        (1_234_567, "1.23 MB"),
        (9_995, "10 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (1_005_000_000_000_000, "1,010 TB"),
        (9_007_199_254_740_991, "9,010 TB"),
    ] {
        assert_eq!(forms.bytes(bytes), expected, "{bytes}");
    }
}
