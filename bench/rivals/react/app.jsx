// What the plain and the virtualised list have in common.
import { memo, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { load } from '../common/load.js';
import { Shelf } from '../common/shelf.js';
import * as text from '../common/text.js';

const EMPTY = { shelf: new Shelf(), isAll: false };

const Icon = ({ path }) => (
  <svg className="glyph" viewBox="0 0 24 24" aria-hidden="true">
    <path d={path} />
  </svg>
);

/** What a row holds; the list says what element it is. */
export const Cells = memo(function Cells({ document }) {
  const { filename, links } = document;
  const badge = text.badge(document);
  return (
    <>
      <span className={badge.class} aria-hidden="true">{badge.ending}</span>
      <span className="name" dir="auto" title={filename}>{filename}</span>
      <span className="meta">
        <span className="category">{text.CATEGORY[document.category]}</span>
        <time className="date" dateTime={document.createdAt}>{text.formatDate(document.time)}</time>
        <span className="size">{text.formatSize(document.fileSize)}</span>
      </span>
      <span className="actions">
        <a className="action" href={links.view} target="_blank" aria-label={`${filename}: preview`} title="Preview">
          <Icon path={text.EYE} />
        </a>
        <a className="action" href={links.download} download="" aria-label={`${filename}: download`} title="Download">
          <Icon path={text.DOWNLOAD} />
        </a>
      </span>
    </>
  );
});

export const GroupHeading = ({ group }) => (
  <div className="group-heading">
    <h2 className="group-name">{group.title}</h2>
    <p className="group-summary">{text.summary(group.rows.length, group.bytes)}</p>
  </div>
);

function Toolbar({ query, setQuery, sort, setSort }) {
  return (
    <div className="toolbar">
      <div className="search" role="search">
        <Icon path={text.SEARCH} />
        <input
          className="search-input"
          type="search"
          autoComplete="off"
          spellCheck={false}
          aria-label="Search documents"
          placeholder="Search by name"
          value={query}
          onChange={event => setQuery(event.target.value)}
        />
      </div>
      <label className="sort">
        <span className="sort-label">Sort by</span>
        <select className="sort-select" value={sort} onChange={event => setSort(event.target.value)}>
          {text.SORTS.map(([value, label]) => (
            <option key={value} value={value}>{label}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Shell() {
  return (
    <div className="shell" role="status">
      <p className="visually-hidden">Loading documents…</p>
      {Array.from({ length: 5 }, (_, index) => <span key={index} className="skeleton" />)}
    </div>
  );
}

function App({ List }) {
  const [{ shelf, isAll }, setState] = useState(EMPTY);
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState('-created');
  useEffect(() => load((more, isAll) => setState(({ shelf }) => ({ shelf: shelf.with(more), isAll }))), []);
  const groups = useMemo(() => shelf.arrange(query, sort), [shelf, query, sort]);
  return (
    <div className="host">
      <div className="order-documents">
        <header className="header">
          <h1 className="heading">Documents</h1>
          <p className="summary">{text.progress(shelf, isAll)}</p>
        </header>
        {shelf.count ? <Toolbar {...{ query, setQuery, sort, setSort }} /> : <Shell />}
        <List groups={groups} />
      </div>
    </div>
  );
}

/** Shows the page with a list of the given kind. */
export const start = List => createRoot(document.querySelector('main')).render(<App List={List} />);
