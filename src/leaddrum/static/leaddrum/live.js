// Keeps a page up to date while somebody works on it.
//
// An element with `data-live` asks for itself every two seconds (hx-get) and sends the tag of what it shows; while
// nothing has moved the server answers 304 and nothing happens here. Otherwise only what differs is put in place, so
// focus, scroll, an open menu and half-written words stay.

const keyOf = (node) => node.id || node.dataset?.key || "";

const attributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !(name === "open" && old.tagName === "DETAILS")) old.setAttribute(name, value);
  }
};

const alike = (old, fresh) => old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);

const children = (old, fresh, added) => {
  const keyed = new Map([...old.children].filter(keyOf).map((node) => [keyOf(node), node]));
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = keyed.get(keyOf(wanted) || undefined);
    if (known && known !== place) {
      old.insertBefore(known, place);
      place = known;
    }
    if (place && alike(place, wanted)) {
      const next = place.nextSibling;
      morph(place, wanted, added);
      place = next;
    } else {
      old.insertBefore(wanted, place);
      if (wanted.nodeType === Node.ELEMENT_NODE) added.push(wanted);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
};

const morph = (old, fresh, added) => {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  attributes(old, fresh);
  if (old.dataset.fetched === undefined) children(old, fresh, added); // what was fetched into it stays
};

htmx.defineExtension("keyed", {
  isInlineSwap: (style) => style === "keyed",
  handleSwap: (style, target, fragment) => {
    if (style !== "keyed") return false;
    const added = [];
    const worked = target.contains(document.activeElement);
    children(target, fragment, added);
    if (worked && document.activeElement === document.body) {
      document.getElementById("main").focus({ preventScroll: true }); // what had the focus is gone: go on from here
    }
    return added;
  },
});

// Asking only when somebody looks, and only for what is new.

document.addEventListener("htmx:configRequest", ({ detail, target }) => {
  if (target.dataset.live === undefined || detail.verb !== "get") return;
  const looks = detail.triggeringEvent?.type === "look"; // something was pressed here: not what was seen before
  if (target.dataset.tag && !looks) detail.headers["If-None-Match"] = target.dataset.tag;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.dataset.live !== undefined && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const live = detail.target?.closest?.("[data-live]");
  const tag = detail.xhr?.getResponseHeader("ETag");
  if (live && tag) live.dataset.tag = tag;
  const offline = document.getElementById("offline");
  if (offline) offline.hidden = Boolean(detail.xhr?.status && detail.xhr.status < 500);
});

// The whole is read anew, by the next asking that comes through.
const anew = () => {
  for (const live of document.querySelectorAll("[data-live]")) {
    delete live.dataset.tag;
    htmx.trigger(live, "look");
  }
};

// A press that came to nothing: the page shows what is, not what was wished, and says so. Where nothing answers at all,
// that is said already.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful || detail.requestConfig?.verb === "get") return;
  anew();
  if (!detail.xhr?.status || detail.xhr.status >= 500) return;
  const box = document.getElementById("messages");
  const said = document.createElement("p");
  said.className = "message error";
  said.textContent = box.dataset.refused;
  box.replaceChildren(said);
});

document.addEventListener("visibilitychange", () => document.hidden || anew()); // a phone that slept counted no seconds

// A screen reader hears of an offer that came or went, politely and once: the number in the header is read out when it
// changes. `countdown.js` says in the same place when an offer's time grows short.

const waiting = () => document.querySelector("#nav-offers .unseen")?.textContent ?? "";
let told = waiting();

document.addEventListener("htmx:afterSwap", () => {
  const now = waiting();
  if (now === told) return;
  told = now;
  document.getElementById("said").textContent = now;
});

// Menus close by Escape and by a press elsewhere.

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});

// What was opened or chosen is in sight: the menu of a column's last card, the chosen drum of a long list.

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("details.card-menu[open]")) target.querySelector(".menu-body").scrollIntoView({ block: "nearest" });
  },
  true,
);

for (const bar of [".nav-links", ".filter"]) {
  document.querySelector(`${bar} [aria-current]`)?.scrollIntoView({ block: "nearest", inline: "center" });
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
