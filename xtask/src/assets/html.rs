//! index.html: Trunk's marks out, the assets in.

/// Where index.html wants its scripts, styles and hints.
const PLACEHOLDER: &str = "<!-- assets:head -->";

/// The names of the files that the page loads, all in `/assets/`.
pub struct HeadFiles {
    /// Defines the element.
    pub loader: String,
    /// The standalone page's own script.
    pub page: String,
    /// The standalone page's own style sheet.
    pub style: String,
}

/// The page with its assets, or what the page lacks.
pub fn with_assets(page: &str, files: &HeadFiles) -> Result<String, String> {
    let page = without_trunk_links(page);
    if page.matches(PLACEHOLDER).count() != 1 {
        return Err(format!("should hold `{PLACEHOLDER}` once, in its head"));
    }
    Ok(page.replace(PLACEHOLDER, &head(files)))
}

/// Nothing that the list does not need to show: the loader fetches the WebAssembly when it does. The page's script comes first, since
/// it names the order to the element. Every script is a file, since the page's Content-Security-Policy allows no other.
fn head(HeadFiles { loader, page, style }: &HeadFiles) -> String {
    format!(
        r#"<link rel="stylesheet" href="/assets/{style}">
<script type="module" src="/assets/{page}"></script>
<script type="module" src="/assets/{loader}"></script>"#
    )
}

/// Removes `<link data-trunk …>`, which Trunk leaves in place when it injects no script.
fn without_trunk_links(page: &str) -> String {
    let mut rest = page;
    let mut kept = String::with_capacity(page.len());
    while let Some(start) = rest.find("<link data-trunk") {
        let Some(length) = rest[start..].find('>') else { break };
        kept.push_str(rest[..start].trim_end_matches([' ', '\n']));
        rest = &rest[start + length + 1..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> HeadFiles {
        let name = |text: &str| text.to_owned();
        HeadFiles { loader: name("l.js"), page: name("p.js"), style: name("p.css") }
    }

    #[test]
    fn should_put_the_assets_where_the_page_wants_them() {
        let page = "<head>\n  <link data-trunk rel=\"rust\" data-bin=\"x\" data-trunk-id=\"0\">\n  <!-- assets:head -->\n</head>";
        let result = with_assets(page, &files()).unwrap();
        assert!(!result.contains("data-trunk") && !result.contains("assets:head"), "{result}");
        for name in ["l.js", "p.js", "p.css"] {
            assert_eq!(result.matches(&format!("\"/assets/{name}\"")).count(), 1, "{name} in {result}");
        }
    }

    #[test]
    fn should_write_no_script_into_the_page() {
        let result = with_assets("<!-- assets:head -->", &files()).unwrap();
        let bodies = result.split("<script").skip(1).map(|script| script.split_once('>').unwrap().1);
        assert!(bodies.into_iter().all(|body| body.trim_start().starts_with("</script>")), "{result}");
    }

    #[test]
    fn should_say_that_the_placeholder_is_missing_or_there_twice() {
        assert!(with_assets("<head></head>", &files()).unwrap_err().contains("assets:head"));
        assert!(with_assets("<!-- assets:head --><!-- assets:head -->", &files()).is_err());
    }
}
