// The static page: the complete list as HTML, without any script.
import { Shelf, toDocument } from '../common/shelf.js';
import * as text from '../common/text.js';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = value => String(value).replace(/[&<>"]/g, character => ESCAPES[character]);
const icon = path => `<svg class="glyph" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

function row(document) {
  const { links, createdAt, time, category, fileSize } = document;
  const name = escaped(document.filename);
  const badge = text.badge(document);
  return `<li class="row"><span class="${badge.class}" aria-hidden="true">${badge.ending}</span>\
<span class="name" dir="auto" title="${name}">${name}</span>\
<span class="meta"><span class="category">${text.CATEGORY[category]}</span>\
<time class="date" datetime="${createdAt}">${text.formatDate(time)}</time><span class="size">${text.formatSize(fileSize)}</span></span>\
<span class="actions"><a class="action" href="${links.view}" target="_blank" aria-label="${name}: preview" title="Preview">${icon(text.EYE)}</a>\
<a class="action" href="${links.download}" download aria-label="${name}: download" title="Download">${icon(text.DOWNLOAD)}</a></span></li>`;
}

const section = group => `<section class="group" aria-label="${group.title}"><div class="group-heading">\
<h2 class="group-name">${group.title}</h2><p class="group-summary">${text.summary(group.rows.length, group.bytes)}</p></div>\
<ul class="rows" role="list">${group.rows.map(row).join('')}</ul></section>`;

/** What stands in the page's `main`. Search and sort are there to look alike; without a script they do nothing. */
export function body(records) {
  const shelf = new Shelf().with(records.map(toDocument));
  const options = text.SORTS.map(([value, label]) => `<option value="${value}">${label}</option>`).join('');
  return `<div class="host"><div class="order-documents"><header class="header"><h1 class="heading">Documents</h1>\
<p class="summary">${text.progress(shelf, true)}</p></header>\
<div class="toolbar"><div class="search" role="search">${icon(text.SEARCH)}<input class="search-input" type="search" autocomplete="off" \
aria-label="Search documents" placeholder="Search by name"></div><label class="sort"><span class="sort-label">Sort by</span>\
<select class="sort-select">${options}</select></label></div>\
<div class="list">${shelf.arrange('', '-created').map(section).join('')}</div></div></div>`;
}
