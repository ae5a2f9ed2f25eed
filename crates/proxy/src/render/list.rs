//! One page of an order's documents, as src/markup/list.js shows it.

use super::language::Language;
use super::markup::{Markup, Values};
use super::row::Record;
use super::settings::Settings;
use super::words::{fill, plural};
use super::{description, own, state};
use flexportal::OrderId;
use serde::Deserialize;
use std::borrow::Cow;
use std::cmp::Ordering;

/// The most documents on a page: what the component asks for first.
pub const LIMIT: u64 = 100;

/// The page, as the list's route answers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    files: Vec<Record<'a>>,
    #[serde(default)]
    has_more: bool,
    next_offset: Option<u64>,
    #[serde(default)]
    dropped: u64,
}

/// For whom, how and of what a list is rendered.
pub struct Context<'a> {
    /// The order.
    pub order: &'a OrderId,
    /// How many documents stand on the pages before.
    pub offset: u64,
    /// The reader's language.
    pub language: &'a Language,
    /// The element's attributes.
    pub settings: &'a Settings,
    /// Where the element's style sheet is.
    pub stylesheet: &'a str,
    /// Where a further page is, by its offset; empty where pages are not for this reader.
    pub page: &'a dyn Fn(u64) -> String,
}

/// The order in which sorting is offered.
fn sorts(language: &Language) -> [(&'static str, &'static str); 6] {
    let words = language.words;
    [
        ("-created", &words.sort_newest),
        ("created", &words.sort_oldest),
        ("name", &words.sort_name),
        ("-name", &words.sort_name_back),
        ("-size", &words.sort_largest),
        ("size", &words.sort_smallest),
    ]
}

/// The documented types, in the order in which their groups are shown.
const DOCUMENTED: [&str; 4] = ["contract", "invoice", "document", "attachment"];

/// The documents of one type.
struct Group<'a> {
    word: &'a str,
    records: Vec<&'a Record<'a>>,
}

/// The element's declarative shadow root, from the very JSON that the list's route answers; a first page has that JSON with it, so that the component
/// need not ask again.
///
/// # Errors
/// Where the JSON is not the route's.
pub fn rendered(context: &Context<'_>, json: &[u8]) -> Result<Markup, serde_json::Error> {
    let json = std::str::from_utf8(json).map_err(serde::de::Error::custom)?;
    let answer: Answer<'_> = serde_json::from_str(json)?;
    let order = context.order;
    let inside = |out: &mut Markup| {
        view(context, &answer, out);
        without_script(context, &answer, out);
        if context.offset == 0 {
            let url = format!("/api/v1/files?orderId={order}&limit={LIMIT}&offset=0");
            out.data(&[("data-url", &url), ("lang", &context.language.tag)], json);
        }
    };
    Ok(Markup::shadow(context.stylesheet, inside))
}

fn view(context: &Context<'_>, answer: &Answer<'_>, out: &mut Markup) {
    let Context { language, settings, .. } = context;
    let Language { words, forms, .. } = language;
    let groups = grouped(&answer.files, settings.sort);
    let count = answer.files.len() as u64;
    let has_one_page = context.offset == 0 && !answer.has_more;
    let summary = match count {
        0 => String::new(),
        _ if has_one_page => words.count_and_size(forms, count, total(&mut answer.files.iter())),
        _ => fill(&words.loaded_so_far, &[("n", &forms.number(count))]),
    };
    let instead = |out: &mut Markup| {
        // Beyond the end there is a way back, and no word that the order has none.
        if groups.is_empty() && context.offset == 0 {
            state::EMPTY.write(language, None, out);
        }
        for each in &groups {
            group(context, each, out);
        }
    };
    let toolbar = |out: &mut Markup| {
        if !groups.is_empty() {
            toolbar(context, &groups, out);
        }
    };
    state::view(language, settings, &summary, &[("toolbar", &toolbar), ("groups", &instead)], out);
}

fn toolbar(context: &Context<'_>, groups: &[Group<'_>], out: &mut Markup) {
    let Context { language, settings, .. } = context;
    let words = language.words;
    let sorts = |out: &mut Markup| {
        for (word, label) in sorts(language) {
            let selected = (word == settings.sort).then_some("");
            let texts = [("word", Some(word)), ("label", Some(label)), ("selected", selected)];
            description().sort.write(&Values { texts: &texts, places: &[] }, out);
        }
    };
    let toggles = |out: &mut Markup| {
        for group in groups {
            let (name, count) = (words.type_name(group.word), language.forms.number(group.records.len() as u64));
            let texts = [("type", Some(group.word)), ("name", Some(&*name)), ("count", Some(&*count))];
            description().toggle.write(&Values { texts: &texts, places: &[] }, out);
        }
    };
    let types = |out: &mut Markup| {
        if groups.len() > 1 {
            let values = Values { texts: &[("label", Some(&words.types))], places: &[("toggles", &toggles)] };
            description().types.write(&values, out);
        }
    };
    let texts = [("search", Some(&*words.search)), ("hint", Some(&*words.search_hint)), ("sort", Some(&*words.sort))];
    description().toolbar.write(&Values { texts: &texts, places: &[("sorts", &sorts), ("types", &types)] }, out);
}

fn group(context: &Context<'_>, group: &Group<'_>, out: &mut Markup) {
    let Context { language, settings, .. } = context;
    let Language { words, forms, .. } = language;
    let name = words.type_name(group.word);
    let summary = words.count_and_size(forms, group.records.len() as u64, total(&mut group.records.iter().copied()));
    let level = (settings.level + 1).min(6).to_string();
    let heading = |out: &mut Markup| {
        let texts = [("level", Some(&*level)), ("name", Some(&*name)), ("summary", Some(&*summary))];
        description().heading.write(&Values { texts: &texts, places: &[] }, out);
    };
    let rows = |out: &mut Markup| {
        for record in &group.records {
            record.write(language, out);
        }
    };
    let key = format!("type {}", group.word);
    let values =
        Values { texts: &[("name", Some(&name)), ("key", Some(&key))], places: &[("heading", &heading), ("rows", &rows)] };
    description().group.write(&values, out);
}

/// For readers whose browser runs no script: links to the pages before and behind, and that something is not shown. The component goes on by itself
/// and has its own words, so that for others this must not be there, nor take room.
fn without_script(context: &Context<'_>, answer: &Answer<'_>, out: &mut Markup) {
    let before = (context.offset > 0).then(|| context.offset.saturating_sub(LIMIT));
    let behind = answer.next_offset.filter(|_| answer.has_more);
    if before.is_none() && behind.is_none() && answer.dropped == 0 {
        return;
    }
    let Language { words, own: texts, forms, .. } = context.language;
    let notice = |out: &mut Markup| {
        if answer.dropped > 0 {
            let text = plural(&words.dropped, forms, answer.dropped);
            own().notice.write(&Values { texts: &[("text", Some(&text))], places: &[] }, out);
        }
    };
    let link = |rel: &'static str, label: &'static str, offset: Option<u64>| {
        move |out: &mut Markup| {
            if let Some(offset) = offset {
                let texts = [("rel", Some(rel)), ("href", Some(&*(context.page)(offset))), ("label", Some(label))];
                own().page.write(&Values { texts: &texts, places: &[] }, out);
            }
        }
    };
    let (previous, next) = (link("prev", texts.previous, before), link("next", texts.next, behind));
    let pages = |out: &mut Markup| {
        if before.is_some() || behind.is_some() {
            let values = Values { texts: &[("label", Some(texts.pages))], places: &[("previous", &previous), ("next", &next)] };
            own().pages.write(&values, out);
        }
    };
    let values = Values { texts: &[], places: &[("notice", &notice), ("pages", &pages)] };
    own().without_script.write(&values, out);
}

fn total<'a>(records: &mut dyn Iterator<Item = &'a Record<'a>>) -> u64 {
    records.fold(0, |total, record| total.saturating_add(record.file_size.unwrap_or(0)))
}

/// Documented types first, the others by their words, and the nameless last; in each the documents in order, equals as they came.
fn grouped<'a>(records: &'a [Record<'a>], sort: &str) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for record in records {
        let word: &str = Cow::as_ref(&record.document_type);
        match groups.iter_mut().find(|group| group.word == word) {
            Some(group) => group.records.push(record),
            None => groups.push(Group { word, records: vec![record] }),
        }
    }
    let place = |word: &str| match DOCUMENTED.iter().position(|known| *known == word) {
        Some(place) => place,
        None if word.is_empty() => usize::MAX,
        None => DOCUMENTED.len(),
    };
    // Scripts compare texts by their UTF-16 code units.
    groups.sort_by(|a, b| place(a.word).cmp(&place(b.word)).then_with(|| a.word.encode_utf16().cmp(b.word.encode_utf16())));
    for group in &mut groups {
        group.records.sort_by(|a, b| compared(a, b, sort));
    }
    groups
}

/// What is not known comes last in either direction.
fn compared(a: &Record<'_>, b: &Record<'_>, sort: &str) -> Ordering {
    let (key, descends) = sort.strip_prefix('-').map_or((sort, false), |key| (key, true));
    let value = |record: &Record<'_>| match key {
        "size" => record.file_size.and_then(|size| i64::try_from(size).ok()),
        _ => record.created().map(|created| created.millis()),
    };
    match (value(a), value(b)) {
        (Some(a), Some(b)) if descends => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests;
