import { createMemo, createSignal, For, onMount, Show } from 'solid-js';
import { render } from 'solid-js/web';
import { load } from '../common/load.js';
import { Shelf } from '../common/shelf.js';
import * as text from '../common/text.js';

// Solid makes its templates by `innerHTML`, of markup that its compiler wrote.
globalThis.trustedTypes?.createPolicy('default', { createHTML: html => html });

const Icon = props => (
  <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true">
    <path d={props.path} />
  </svg>
);

// A row's document never changes, so nothing in it is reactive.
function Row({ document }) {
  const { filename, links } = document;
  const badge = text.badge(document);
  return (
    <li class="row">
      <span class={badge.class} aria-hidden="true">{badge.ending}</span>
      <span class="name" dir="auto" title={filename}>{filename}</span>
      <span class="meta">
        <span class="category">{text.CATEGORY[document.category]}</span>
        <time class="date" dateTime={document.createdAt}>{text.formatDate(document.time)}</time>
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

function App() {
  const [state, setState] = createSignal({ shelf: new Shelf(), isAll: false });
  const [query, setQuery] = createSignal('');
  const [sort, setSort] = createSignal('-created');
  const hasDocuments = createMemo(() => state().shelf.count > 0);
  const groups = createMemo(() => state().shelf.arrange(query(), sort()));
  const types = createMemo(() => groups().map(group => group.type), [], {
    equals: (one, other) => one.join() === other.join(),
  });
  onMount(() => load((more, isAll) => setState(({ shelf }) => ({ shelf: shelf.with(more), isAll }))));
  const Group = props => {
    const group = createMemo(before => groups().find(group => group.type === props.type) ?? before);
    return (
      <section class="group" aria-label={group().title}>
        <div class="group-heading">
          <h2 class="group-name">{group().title}</h2>
          <p class="group-summary">{text.summary(group().rows.length, group().bytes)}</p>
        </div>
        <ul class="rows" role="list">
          <For each={group().rows}>{document => <Row document={document} />}</For>
        </ul>
      </section>
    );
  };
  const Shell = () => (
    <div class="shell" role="status">
      <p class="visually-hidden">Loading documents…</p>
      <For each={[1, 2, 3, 4, 5]}>{() => <span class="skeleton" />}</For>
    </div>
  );
  return (
    <div class="host">
      <div class="order-documents">
        <header class="header">
          <h1 class="heading">Documents</h1>
          <p class="summary">{text.progress(state().shelf, state().isAll)}</p>
        </header>
        <Show when={hasDocuments()} fallback={<Shell />}>
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
                value={query()}
                onInput={event => setQuery(event.currentTarget.value)}
              />
            </div>
            <label class="sort">
              <span class="sort-label">Sort by</span>
              <select class="sort-select" value={sort()} onChange={event => setSort(event.currentTarget.value)}>
                <For each={text.SORTS}>{([value, label]) => <option value={value}>{label}</option>}</For>
              </select>
            </label>
          </div>
        </Show>
        <div class="list">
          <For each={types()}>{type => <Group type={type} />}</For>
        </div>
      </div>
    </div>
  );
}

render(() => <App />, document.querySelector('main'));
