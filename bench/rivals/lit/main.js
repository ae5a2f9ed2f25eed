import { html, LitElement, svg } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { load } from '../common/load.js';
import { Shelf } from '../common/shelf.js';
import * as text from '../common/text.js';

const icon = path => html`<svg class="glyph" viewBox="0 0 24 24" aria-hidden="true">${svg`<path d=${path}></path>`}</svg>`;

const EYE = icon(text.EYE);
const DOWNLOAD = icon(text.DOWNLOAD);
const SKELETONS = Array.from({ length: 5 }, () => html`<span class="skeleton"></span>`);

function cells(document) {
  const { filename, links } = document;
  const badge = text.badge(document);
  return html`<span class=${badge.class} aria-hidden="true">${badge.ending}</span>
    <span class="name" dir="auto" title=${filename}>${filename}</span>
    <span class="meta"
      ><span class="category">${text.CATEGORY[document.category]}</span
      ><time class="date" datetime=${document.createdAt}>${text.formatDate(document.time)}</time
      ><span class="size">${text.formatSize(document.fileSize)}</span></span
    >
    <span class="actions"
      ><a class="action" href=${links.view} target="_blank" aria-label=${`${filename}: preview`} title="Preview">${EYE}</a
      ><a class="action" href=${links.download} download aria-label=${`${filename}: download`} title="Download">${DOWNLOAD}</a></span
    >`;
}

const row = document => html`<li class="row">${guard([document], () => cells(document))}</li>`;

const section = group => html`<section class="group" aria-label=${group.title}>
  <div class="group-heading">
    <h2 class="group-name">${group.title}</h2>
    <p class="group-summary">${text.summary(group.rows.length, group.bytes)}</p>
  </div>
  <ul class="rows" role="list">
    ${repeat(group.rows, document => document.fileId, row)}
  </ul>
</section>`;

class DocumentList extends LitElement {
  static properties = { shelf: { state: true }, isAll: { state: true }, query: { state: true }, sort: { state: true } };

  constructor() {
    super();
    this.shelf = new Shelf();
    this.isAll = false;
    this.query = '';
    this.sort = '-created';
  }

  // The page's style sheet is the list's.
  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    load((more, isAll) => {
      this.shelf = this.shelf.with(more);
      this.isAll = isAll;
    });
  }

  willUpdate(changed) {
    if (changed.has('shelf') || changed.has('query') || changed.has('sort')) this.groups = this.shelf.arrange(this.query, this.sort);
  }

  render() {
    return html`<div class="order-documents">
      <header class="header">
        <h1 class="heading">Documents</h1>
        <p class="summary">${text.progress(this.shelf, this.isAll)}</p>
      </header>
      ${this.shelf.count ? this.toolbar() : this.shell()}
      <div class="list">${repeat(this.groups, group => group.type, section)}</div>
    </div>`;
  }

  toolbar() {
    return html`<div class="toolbar">
      <div class="search" role="search">
        ${icon(text.SEARCH)}
        <input
          class="search-input"
          type="search"
          autocomplete="off"
          spellcheck="false"
          aria-label="Search documents"
          placeholder="Search by name"
          .value=${this.query}
          @input=${event => (this.query = event.target.value)}
        />
      </div>
      <label class="sort"
        ><span class="sort-label">Sort by</span>
        <select class="sort-select" @change=${event => (this.sort = event.target.value)}>
          ${text.SORTS.map(([value, label]) => html`<option value=${value}>${label}</option>`)}
        </select></label
      >
    </div>`;
  }

  shell() {
    return html`<div class="shell" role="status"><p class="visually-hidden">Loading documents…</p>${SKELETONS}</div>`;
  }
}

customElements.define('document-list', DocumentList);
