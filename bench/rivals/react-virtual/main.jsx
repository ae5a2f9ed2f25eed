import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Cells, GroupHeading, start } from '../react/app.jsx';

const HEADING_HEIGHT = 43;
const GAP = 24;

/** Headings and rows in one sequence, which is what the virtualiser counts. Nothing is made for each row: there may be a hundred thousand. */
function sequence(groups) {
  const starts = [];
  let length = 0;
  for (const group of groups) {
    starts.push(length);
    length += 1 + group.rows.length;
  }
  const at = position => {
    const which = starts.findLastIndex(start => start <= position);
    const [group, index] = [groups[which], position - starts[which] - 1];
    return { group, index, document: group.rows[index], isFirst: which === 0 };
  };
  return { length, at };
}

function List({ groups }) {
  const items = useMemo(() => sequence(groups), [groups]);
  const list = useRef(null);
  const [top, setTop] = useState(0);
  const [rowHeight, setRowHeight] = useState(68);
  const isEmpty = items.length === 0;
  useLayoutEffect(() => {
    setTop(list.current.offsetTop);
    const row = list.current.querySelector('.row');
    if (row) setRowHeight(row.offsetHeight);
  }, [isEmpty]);
  const estimateSize = useMemo(
    () => position => {
      const { document, isFirst } = items.at(position);
      return document ? rowHeight : HEADING_HEIGHT + (isFirst ? 0 : GAP);
    },
    [items, rowHeight],
  );
  const getItemKey = useMemo(
    () => position => {
      const { document, group } = items.at(position);
      return document ? document.fileId : group.type;
    },
    [items],
  );
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize,
    getItemKey,
    overscan: 8,
    scrollMargin: top,
    initialRect: { width: innerWidth, height: innerHeight },
  });
  return (
    <div className="list" role="list" ref={list}>
      <div className="tall windowed" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const item = items.at(index);
          const style = { transform: `translateY(${start - top}px)` };
          return item.document ? (
            <div key={key} role="listitem" className="row placed" aria-setsize={item.group.rows.length} aria-posinset={item.index + 1} style={style}>
              <Cells document={item.document} />
            </div>
          ) : (
            <section key={key} className={`placed${item.isFirst ? '' : ' later'}`} aria-label={item.group.title} style={style}>
              <GroupHeading group={item.group} />
            </section>
          );
        })}
      </div>
    </div>
  );
}

start(List);
