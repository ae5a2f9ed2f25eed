import { Component, render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { load } from '../common/load.js';
import { Shelf } from '../common/shelf.js';
import * as text from '../common/text.js';

const EMPTY = { shelf: new Shelf(), isAll: false };

const Icon = ({ path }) => (
  <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true">
    <path d={path} />
  </svg>
);

class Row extends Component {
  shouldComponentUpdate(next) {
    return next.document !== this.props.document;
  }

  render({ document }) {
    const { filename, links } = document;
    const badge = text.badge(document);
    return (
      <li class="row">
        <span class={badge.class} aria-hidden="true">{badge.ending}</span>
        <span class="name" dir="auto" title={filename}>{filename}</span>
        <span class="meta">
          <span class="category">{text.CATEGORY[document.category]}</span>
          <time class="date" datetime={document.createdAt}>{text.formatDate(document.time)}</time>
          <span class="size">{text.formatSize(document.fileSize)}</span>
        </span>
        <span class="actions">
          <a class="action" href={links.view} target="_blank" aria-label={`${filename}: preview`} title="Preview">
            <Icon path={text.EYE} />
          </a>
          <a class="action" href={links.download} download="" aria-label={`${filename}: download`} title="Download">
            <Icon path={text.DOWNLOAD} />
          </a>
        </span>
      </li>
    );
  }
}

const Group = ({ group }) => (
  <section class="group" aria-label={group.title}>
    <div class="group-heading">
      <h2 class="group-name">{group.title}</h2>
      <p class="group-summary">{text.summary(group.rows.length, group.bytes)}</p>
    </div>
    <ul class="rows" role="list">
      {group.rows.map(document => <Row key={document.fileId} document={document} />)}
    </ul>
  </section>
);

const Toolbar = ({ query, setQuery, sort, setSort }) => (
  <div class="toolbar">
    <div class="search" role="search">
      <Icon path={text.SEARCH} />
      <input
        class="search-input"
        type="search"
        autocomplete="off"
        spellcheck={false}
        aria-label="Search documents"
        placeholder="Search by name"
        value={query}
        onInput={event => setQuery(event.currentTarget.value)}
      />
    </div>
    <label class="sort">
      <span class="sort-label">Sort by</span>
      <select class="sort-select" value={sort} onChange={event => setSort(event.currentTarget.value)}>
        {text.SORTS.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
    </label>
  </div>
);

const Shell = () => (
  <div class="shell" role="status">
    <p class="visually-hidden">Loading documents…</p>
    {Array.from({ length: 5 }, (_, index) => <span key={index} class="skeleton" />)}
  </div>
);

function App() {
  const [{ shelf, isAll }, setState] = useState(EMPTY);
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState('-created');
  useEffect(() => load((more, isAll) => setState(({ shelf }) => ({ shelf: shelf.with(more), isAll }))), []);
  const groups = useMemo(() => shelf.arrange(query, sort), [shelf, query, sort]);
  return (
    <div class="host">
      <div class="order-documents">
        <header class="header">
          <h1 class="heading">Documents</h1>
          <p class="summary">{text.progress(shelf, isAll)}</p>
        </header>
        {shelf.count ? <Toolbar {...{ query, setQuery, sort, setSort }} /> : <Shell />}
        <div class="list">{groups.map(group => <Group key={group.type} group={group} />)}</div>
      </div>
    </div>
  );
}

render(<App />, document.querySelector('main'));
