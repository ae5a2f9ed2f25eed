// Elements out of description.js, which the proxy reads as well (crates/proxy/src/render/): all of it but its first two words is JSON.
// An element is
//   ["tag.name", { attribute: "text with {holes}" }, ...children]
// where the name is both class and part. A child is an element, a text with holes, or "*place": a list of elements that is handed
// in, followed by a comment of that name, before which later ones are put. An attribute with an empty hole is left out, and
// `a|button` is a button where it leads nowhere. No markup is parsed.
import DESCRIPTION from './description.js';

const HOLE = /\{(\w+)\}/g;

/** The text with its holes filled; undefined where a hole has nothing to be filled with. */
function filled(text, values) {
  let lacks = false;
  const result = text.replace(HOLE, (_, name) => values[name] ?? ((lacks = true), ''));
  return lacks ? undefined : result;
}

/**
 * Builds the element of this name in the description.
 *
 * @param {string} name
 * @param {object} values what fills the holes, and the elements for the places
 */
export const build = (name, values) => make(DESCRIPTION[name], values);

/** The first row that was built, to be cloned: most of a row is the same in all of them. */
let model;

/**
 * Builds a row.
 *
 * @param {object} values what fills the holes
 * @param {Element} [known] a row that is brought up to date and returned instead of a new one
 */
export function buildRow(values, known) {
  const built = make(DESCRIPTION.row, values, known ?? model?.cloneNode(true));
  model ??= built.cloneNode(true);
  return built;
}

function make([tag, attributes, ...children], values, known) {
  const [kinds, name] = tag.split('.');
  const [link, button] = kinds.split('|');
  const isButton = button && filled(attributes.href, values) === undefined;
  const kind = isButton ? button : link;
  const isKnown = known?.localName === kind;
  const node = isKnown ? known : create(kind);
  if (!isKnown) {
    if (name) node.className = name;
    if (name) node.setAttribute('part', name);
    if (isButton) node.type = 'button';
  }
  for (const attribute in attributes) {
    const value = filled(attributes[attribute], values);
    if (value === undefined) node.removeAttribute(attribute);
    else if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
  }
  if (isKnown) children.forEach((child, at) => renew(node, child, at, values));
  else node.append(...children.flatMap(child => made(child, values)));
  return node;
}

const create = kind =>
  kind === 'svg' || kind === 'path' ? document.createElementNS('http://www.w3.org/2000/svg', kind) : document.createElement(kind);

function made(child, values) {
  if (Array.isArray(child)) return make(child, values);
  if (child[0] !== '*') return filled(child, values) ?? '';
  const place = child.slice(1);
  return [...(values[place] ?? []), document.createComment(place)];
}

/** Brings a child of an element that is there already up to date: elements alone, or one text. */
function renew(node, child, at, values) {
  if (Array.isArray(child)) {
    const known = node.children[at];
    const now = make(child, values, known);
    if (now !== known) known.replaceWith(now);
  } else {
    const text = filled(child, values) ?? '';
    if (node.textContent !== text) node.textContent = text;
  }
}
