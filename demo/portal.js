// The customer portal of the demo: whose orders there are, which one is chosen, and what its documents element says.
// Everything is written as text, never as HTML, and nothing here knows how the element works inside.

const DEMO_ORDER = 'ord_demo';
const EVENTS = ['load', 'preview', 'download', 'upload', 'error', 'session-expired'].map(name => `order-documents-${name}`);
const LOG_LENGTH = 100;

const byId = id => document.getElementById(id);
const element = byId('documents');

let orders = [];
/** Points signing in and out at the chosen order, once it is known who signs. */
let accountLinks = () => {};

// Before anything is fetched: the element should ask for the right order the first time.
chooseOrder(orderOfAddress());
followSwitches();
logEvents();
addEventListener('popstate', () => chooseOrder(orderOfAddress()));
await showCustomer();

function orderOfAddress() {
  return new URLSearchParams(location.search).get('order') ?? DEMO_ORDER;
}

function chooseOrder(id) {
  const order = orders.find(order => order.id === id);
  element.setAttribute('order-id', id);
  accountLinks(id);
  byId('plain-link').href = `/orders/${encodeURIComponent(id)}`;
  byId('order-id').textContent = `Order ${id}`;
  byId('order-title').textContent = order?.title ?? 'Your order';
  byId('order-note').textContent = order?.note ?? '';
  for (const link of document.querySelectorAll('.orders a')) {
    if (link.dataset.order === id) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  // On a phone the list would push the documents out of sight.
  if (matchMedia('(min-width: 54rem)').matches) byId('states-group').open = true;
}

async function showCustomer() {
  const { identity, customers } = await (await fetch('/assets/demo/customers.json')).json();
  const wanted = new URLSearchParams(location.search).get('customer');
  const customer = customers.find(customer => customer.id === wanted) ?? customers[0];
  const other = customers.find(each => each !== customer);
  orders = customer.orders;

  accountLinks = order => {
    const query = new URLSearchParams({ customer: customer.id, order });
    byId('sign-out').href = `${identity}/sign-out?${query}`;
    byId('sign-in').href = `${identity}/sign-in?${query}`;
  };
  byId('customer-name').textContent = customer.name;
  byId('initials').textContent = customer.name.split(' ').map(word => word[0]).join('').slice(0, 2);
  if (other) {
    byId('switch-customer').href = `${identity}/sign-in?${new URLSearchParams({ customer: other.id, order: other.orders[0].id })}`;
    byId('switch-customer').textContent = `sign in as ${other.name}`;
    byId('other').hidden = false;
  }
  const isState = order => order.note !== undefined;
  byId('orders').replaceChildren(...orders.filter(order => !isState(order)).map(order => item(order, customer)));
  byId('states').replaceChildren(...orders.filter(isState).map(order => item(order, customer)));
  byId('states-group').hidden = !orders.some(isState);
  chooseOrder(orderOfAddress());
}

function item(order, customer) {
  const link = document.createElement('a');
  link.href = `?${new URLSearchParams({ customer: customer.id, order: order.id })}`;
  link.dataset.order = order.id;
  const id = document.createElement('small');
  id.textContent = order.id;
  link.append(order.title, id);
  link.addEventListener('click', event => {
    // A click with a modifier opens a tab, as everywhere.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    chooseOrder(order.id);
    byId('order-title').scrollIntoView({ block: 'nearest' });
  });
  const row = document.createElement('li');
  row.append(link);
  return row;
}

function followSwitches() {
  document.addEventListener('change', ({ target }) => {
    if (target.name === 'lang') element.setAttribute('lang', target.value);
    if (target.name === 'theme') {
      element.setAttribute('theme', target.value);
      document.documentElement.dataset.theme = target.value;
    }
  });
}

function logEvents() {
  const log = byId('log');
  byId('clear-log').addEventListener('click', () => log.replaceChildren());
  for (const name of EVENTS) {
    document.addEventListener(name, event => {
      const time = document.createElement('time');
      time.textContent = new Date().toLocaleTimeString();
      const what = document.createElement('b');
      what.textContent = name;
      const row = document.createElement('li');
      row.append(time, ' ', what, ' ', event.detail ? JSON.stringify(event.detail) : '');
      log.append(row);
      while (log.childElementCount > LOG_LENGTH) log.firstElementChild.remove();
      log.parentElement.scrollTop = log.parentElement.scrollHeight;
    });
  }
  document.addEventListener('order-documents-session-expired', () => showSignedOut(true));
  document.addEventListener('order-documents-load', () => showSignedOut(false));
}

function showSignedOut(isSignedOut) {
  byId('signed-out').hidden = !isSignedOut;
}
