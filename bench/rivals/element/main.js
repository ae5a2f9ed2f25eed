import { load } from '../common/load.js';
import { Shelf } from '../common/shelf.js';
import * as text from '../common/text.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children. */
function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
  node.append(...children);
  return node;
}

function icon(d) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('class', 'glyph');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}

/** A row without words, to be copied. */
const blank = make(
  'li',
  { class: 'row' },
  make('span', { 'aria-hidden': 'true' }, ''),
  make('span', { class: 'name', dir: 'auto' }),
  make('span', { class: 'meta' }, make('span', { class: 'category' }), make('time', { class: 'date' }), make('span', { class: 'size' })),
  make(
    'span',
    { class: 'actions' },
    make('a', { class: 'action', target: '_blank', title: 'Preview' }, icon(text.EYE)),
    make('a', { class: 'action', download: '', title: 'Download' }, icon(text.DOWNLOAD)),
  ),
);

function row(document) {
  const node = blank.cloneNode(true);
  const [badge, name, meta, actions] = node.children;
  const [category, date, size] = meta.children;
  const [view, download] = actions.children;
  const { filename, links } = document;
  const shown = text.badge(document);
  badge.className = shown.class;
  badge.textContent = shown.ending;
  name.title = name.textContent = filename;
  category.textContent = text.CATEGORY[document.category];
  date.dateTime = document.createdAt;
  date.textContent = text.formatDate(document.time);
  size.textContent = text.formatSize(document.fileSize);
  view.href = links.view;
  view.setAttribute('aria-label', `${filename}: preview`);
  download.href = links.download;
  download.setAttribute('aria-label', `${filename}: download`);
  return node;
}

/** Gives a parent these children, and moves none that stands where it should: what does not move is not laid out anew. */
function fill(parent, children) {
  const wanted = new Set(children);
  let at = parent.firstChild;
  const skip = () => {
    while (at && !wanted.has(at)) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };
  for (const child of children) {
    skip();
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  skip();
}

class DocumentList extends HTMLElement {
  #shelf = new Shelf();
  #rows = new Map();
  #groups = new Map();
  #query = '';
  #sort = '-created';
  #summary = make('p', { class: 'summary' });
  #list = make('div', { class: 'list' });
  #shell = make(
    'div',
    { class: 'shell', role: 'status' },
    make('p', { class: 'visually-hidden' }, 'Loading documents…'),
    ...Array.from({ length: 5 }, () => make('span', { class: 'skeleton' })),
  );

  connectedCallback() {
    const header = make('header', { class: 'header' }, make('h1', { class: 'heading' }, 'Documents'), this.#summary);
    this.replaceChildren(make('div', { class: 'order-documents' }, header, this.#shell, this.#list));
    load((more, isAll) => {
      this.#shelf = this.#shelf.with(more);
      this.#summary.textContent = text.progress(this.#shelf, isAll);
      if (this.#shell.isConnected) this.#shell.replaceWith(this.#toolbar());
      this.#show();
    });
  }

  #toolbar() {
    const input = make('input', {
      class: 'search-input',
      type: 'search',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': 'Search documents',
      placeholder: 'Search by name',
    });
    input.addEventListener('input', () => {
      this.#query = input.value;
      this.#show();
    });
    const select = make('select', { class: 'sort-select' }, ...text.SORTS.map(([value, label]) => make('option', { value }, label)));
    select.addEventListener('change', () => {
      this.#sort = select.value;
      this.#show();
    });
    return make(
      'div',
      { class: 'toolbar' },
      make('div', { class: 'search', role: 'search' }, icon(text.SEARCH), input),
      make('label', { class: 'sort' }, make('span', { class: 'sort-label' }, 'Sort by'), select),
    );
  }

  #show() {
    fill(
      this.#list,
      this.#shelf.arrange(this.#query, this.#sort).map(group => this.#section(group)),
    );
  }

  /** A group's section; it and its rows are made once. */
  #section(group) {
    let section = this.#groups.get(group.type);
    if (!section) {
      const heading = make('h2', { class: 'group-name' }, group.title);
      const top = make('div', { class: 'group-heading' }, heading, make('p', { class: 'group-summary' }));
      section = make('section', { class: 'group', 'aria-label': group.title }, top, make('ul', { class: 'rows', role: 'list' }));
      this.#groups.set(group.type, section);
    }
    section.querySelector('.group-summary').textContent = text.summary(group.rows.length, group.bytes);
    const rows = group.rows.map(document => {
      let node = this.#rows.get(document.fileId);
      if (!node) this.#rows.set(document.fileId, (node = row(document)));
      return node;
    });
    fill(section.lastChild, rows);
    return section;
  }
}

customElements.define('document-list', DocumentList);
