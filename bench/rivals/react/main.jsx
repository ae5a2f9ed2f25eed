import { Cells, GroupHeading, start } from './app.jsx';

function List({ groups }) {
  return (
    <div className="list">
      {groups.map(group => (
        <section key={group.type} className="group" aria-label={group.title}>
          <GroupHeading group={group} />
          <ul className="rows" role="list">
            {group.rows.map(document => (
              <li key={document.fileId} className="row">
                <Cells document={document} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

start(List);
