// What the tests of renderings run in the browser: the scripts' own first page, and a way to compare what others made of the same list.
// Bundled into the portal's assets by src/site.rs, since the page's policy allows scripts from there only.
export { first } from '../../../src/markup/list.js';

/**
 * What a reader and a style sheet find of a node's children, one element or text a line: without the comments that stand for places, without
 * what only loads or hands over (`link`, `script`), without what stands there for browsers that run no script, and whatever the order of the attributes.
 */
export function normalised(root) {
  const lines = [];
  const visit = (node, indent) => {
    let text = '';
    const say = () => {
      if (text) lines.push(indent + JSON.stringify(text));
      text = '';
    };
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) text += child.data;
      if (child.nodeType !== Node.ELEMENT_NODE || child.matches('link, script, noscript')) continue;
      say();
      const attributes = [...child.attributes].map(({ name, value }) => `${name}=${JSON.stringify(value)}`).sort();
      lines.push(`${indent}${[child.namespaceURI.endsWith('svg') ? `svg:${child.localName}` : child.localName, ...attributes].join(' ')}`);
      visit(child, `${indent}  `);
    }
    say();
  };
  visit(root, '');
  return lines;
}
