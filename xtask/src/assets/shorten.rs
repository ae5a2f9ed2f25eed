//! Short names between the WebAssembly and its glue.
//!
//! wasm-bindgen names each import and export with a hash of 16 digits, which no compression makes smaller, once in the module
//! and once in the script. module-split renames them in the modules and prints what it did; here the script follows.

use std::collections::{HashMap, HashSet};

/// What module-split renamed.
pub struct Renamed {
    /// Module, old name, new name; the module is called `a` now, whatever it was.
    imports: Vec<[String; 3]>,
    exports: HashMap<String, String>,
    doors: Vec<[String; 2]>,
}

impl Renamed {
    /// Reads what `module-split names` prints: `{"imports": [[module, old, new]], "exports": [[old, new]], "doors": [[old, new]]}`.
    pub fn from_json(json: &str) -> Option<Renamed> {
        fn rows<const N: usize>(list: &serde_json::Value) -> Option<Vec<[String; N]>> {
            let words = |row: &serde_json::Value| {
                let words: Option<Vec<String>> = row.as_array()?.iter().map(|word| Some(word.as_str()?.to_owned())).collect();
                words?.try_into().ok()
            };
            list.as_array()?.iter().map(words).collect()
        }
        let map: serde_json::Value = serde_json::from_str(json).ok()?;
        let exports = rows::<2>(map.get("exports")?)?.into_iter().map(|[old, new]| (old, new)).collect();
        Some(Renamed { imports: rows(map.get("imports")?)?, exports, doors: rows(map.get("doors")?)? })
    }

    /// The old names of all that is imported.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports_of(|_| true).map(|(old, _)| old)
    }

    /// Only the imports whose new names are used.
    pub fn without_unused(mut self, used: &HashSet<&str>) -> Renamed {
        self.imports.retain(|[_, _, new]| used.contains(new.as_str()));
        self
    }

    /// The exports of the second module, old and new names.
    pub fn doors(&self) -> &[[String; 2]] {
        &self.doors
    }

    /// The glue with the new names, or what it should hold and does not: wasm-bindgen writes otherwise by now.
    pub fn applied_to(&self, glue: &str) -> Result<String, String> {
        let own: HashMap<&str, &str> = self.imports_of(|module| module.ends_with("_bg.js")).collect();
        let (text, seen) = self.with_new_names(glue, &own);
        if seen != own.len() {
            return Err(format!("{} imports, of which it has {seen}", own.len()));
        }
        self.with_one_module(text)
    }

    fn imports_of(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, &str)> {
        let wanted = self.imports.iter().filter(move |[module, ..]| is_wanted(module));
        wanted.map(|[_, old, new]| (old.as_str(), new.as_str()))
    }

    /// Renames the keys of the object that is handed to the WebAssembly, and what is called of it; counts the keys.
    fn with_new_names(&self, glue: &str, own: &HashMap<&str, &str>) -> (String, usize) {
        let mut text = String::with_capacity(glue.len());
        let mut seen = 0;
        let mut rest = glue;
        while let Some(start) = rest.find(is_of_a_name) {
            let (before, name) = rest.split_at(start);
            let (name, after) = name.split_at(name.find(|letter| !is_of_a_name(letter)).unwrap_or(name.len()));
            text.push_str(before);
            text.push_str(match (own.get(name), self.exports.get(name)) {
                (Some(new), _) if after.starts_with(": function") => {
                    seen += 1;
                    new
                }
                (_, Some(new)) if before == "." && text.ends_with("wasm.") => new,
                _ => name,
            });
            rest = after;
        }
        (text + rest, seen)
    }

    /// The imports of scripts that crates bring along come from modules of their own, which are one module now.
    fn with_one_module(&self, mut text: String) -> Result<String, String> {
        let mut modules: Vec<&str> = self.imports.iter().map(|[module, ..]| module.as_str()).collect();
        modules.sort_unstable();
        modules.dedup();
        let mut others = String::new();
        let mut own = None;
        for module in modules {
            let key = format!("{module:?}: ");
            let start = text.find(&key).ok_or_else(|| format!("`{key}`"))?;
            let variable: String = text[start + key.len()..].chars().take_while(|letter| is_of_a_name(*letter)).collect();
            let entry = format!("{key}{variable},");
            if module.ends_with("_bg.js") {
                own = Some((entry, variable));
            } else {
                for (old, new) in self.imports_of(|other| other == module) {
                    others += &format!("{new}: {variable}.{old}, ");
                }
                text = text.replacen(&entry, "", 1);
            }
        }
        let (entry, variable) = own.ok_or("imports of its own")?;
        if text.matches(&entry).count() != 1 {
            return Err(format!("`{entry}`"));
        }
        Ok(text.replace(&entry, &format!("a: {{ ...{variable}, {others}}},")))
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = r#"{
        "imports": [["./x_bg.js", "__wbg_then_0123456789abcdef", "$"], ["./x_bg.js", "__wbg_get_00ff", "$a"],
                    ["./snippets/y.js", "pdfViewer", "$b"]],
        "exports": [["memory", "kc"], ["handle_set", "wc"]],
        "doors": []
    }"#;

    const GLUE: &str = r#"
        const import0 = {
            __wbg_then_0123456789abcdef: function(arg0) { return wasm.memory.buffer; },
            __wbg_get_00ff: function(arg0) { return handle_set(arg0.memory); },
        };
        return { "./x_bg.js": import0, "./snippets/y.js": import1, };
        wasm.handle_set(1);"#;

    #[test]
    fn should_rename_imports_and_exports_and_nothing_else() {
        let glue = Renamed::from_json(MAP).unwrap().applied_to(GLUE).unwrap();
        for expected in ["$: function", "$a: function", "wasm.kc.buffer", "wasm.wc(1)", "handle_set(arg0.memory)"] {
            assert!(glue.contains(expected), "{expected} in {glue}");
        }
        assert!(glue.contains("return { a: { ...import0, $b: import1.pdfViewer, },  };"), "{glue}");
    }

    #[test]
    fn should_refuse_glue_that_it_does_not_know() {
        let renamed = Renamed::from_json(MAP).unwrap();
        assert!(renamed.applied_to(&GLUE.replace("__wbg_get_00ff: function", "__wbg_get_00ff: (")).is_err());
        assert!(renamed.applied_to(&GLUE.replace("./x_bg.js", "./y_bg.js")).is_err());
        assert!(Renamed::from_json("no json").is_none());
    }
}
