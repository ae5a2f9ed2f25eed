// The standalone page: names the order to the element, and opens the document that the address names.
const element = document.querySelector('order-documents');
const { pathname, searchParams } = new URL(location.href);
// The proxy may have named it already.
const order = element.getAttribute('order-id') ?? searchParams.get('order') ?? pathname.match(/\/orders\/([^/]+)\/?$/)?.[1];
if (order) element.setAttribute('order-id', order);

// This page has no language of its own: it speaks the reader's. With a list rendered into it, it does so already.
if (!element.shadowRoot) document.documentElement.lang = searchParams.get('lang') ?? navigator.language;
const theme = searchParams.get('theme');
if (theme) {
  element.setAttribute('theme', theme);
  document.documentElement.style.colorScheme = theme === 'auto' ? '' : theme;
}

function openNamed() {
  const file = new URLSearchParams(location.hash.slice(1)).get('file');
  // A document that is not in this order is as good as none: the list is what the reader sees.
  if (file) element.preview(file).catch(() => {});
}

addEventListener('hashchange', openNamed);
customElements.whenDefined('order-documents').then(openNamed);
