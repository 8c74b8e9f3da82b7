// The board by mouse and by keyboard: cards are dragged between stages, or moved with Shift and the arrows; a card opens
// beside the board, with an address of its own. Everything here is also reached without it: the card's menu moves, the
// card's link opens the lead's page.

const board = () => document.getElementById("board");
const panel = document.getElementById("panel");
const wide = window.matchMedia("(min-width: 62rem)");
const said = (text) => {
  document.getElementById("said").textContent = text;
};

// Moving. The card is put in its new place at once; the server's answer brings the board as it really is.

const columnOf = (node) => node?.closest(".column");

const place = (card, column) => {
  let list = column.querySelector(".cards");
  if (!list) {
    list = document.createElement("ul");
    list.className = "cards";
    column.querySelector(".column-empty")?.replaceWith(list);
  }
  list.prepend(card);
};

const move = (card, column) => {
  const title = card.querySelector(".card-title").textContent.trim();
  const stage = column.querySelector("h2 .stage-name").textContent.trim();
  place(card, column);
  card.querySelector(".card-title a")?.focus();
  said(`${title} → ${stage}`);
  htmx.ajax("POST", `/board/${card.dataset.lead}/move/${column.dataset.stage}`, { source: document.body, swap: "none" });
};

let dragged = null;

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.(".card[draggable=true]");
  if (!card) return;
  dragged = card;
  card.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.querySelector(".card-title").textContent.trim());
});

document.addEventListener("dragover", (event) => {
  const column = dragged && columnOf(event.target);
  for (const other of document.querySelectorAll(".column.over")) if (other !== column) other.classList.remove("over");
  if (!column || column === columnOf(dragged)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  column.classList.add("over");
});

document.addEventListener("drop", (event) => {
  const column = dragged && columnOf(event.target);
  if (!column || column === columnOf(dragged)) return;
  event.preventDefault();
  move(dragged, column);
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  for (const column of document.querySelectorAll(".column.over")) column.classList.remove("over");
  dragged = null;
});

// While a card hangs on the pointer the board does not change under it.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (dragged && event.target.dataset?.live !== undefined) event.preventDefault();
});

// Keys, while the focus is on a card: arrows go to another card, with Shift they take the card along; M opens its menu.

const links = (column) => [...column.querySelectorAll(".card-title a")];

const step = (card, key) => {
  const columns = [...board().querySelectorAll(".column")];
  const column = columnOf(card);
  const here = links(column).indexOf(card.querySelector(".card-title a"));
  if (key === "ArrowDown" || key === "ArrowUp") return links(column)[here + (key === "ArrowDown" ? 1 : -1)];
  const way = key === "ArrowRight" ? 1 : -1;
  for (let at = columns.indexOf(column) + way; columns[at]; at += way) {
    const there = links(columns[at]);
    if (there.length) return there[Math.min(here, there.length - 1)];
  }
  return undefined;
};

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.(".card");
  if (!card || !event.target.matches(".card-title a") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.toLowerCase() === "m" || event.key.toLowerCase() === "ь") {
    const menu = card.querySelector(".card-menu");
    if (!menu) return;
    menu.open = true;
    menu.querySelector("button")?.focus();
  } else if (!event.key.startsWith("Arrow")) {
    return;
  } else if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    if (card.getAttribute("draggable") !== "true") return;
    const columns = [...board().querySelectorAll(".column")];
    const column = columns[columns.indexOf(columnOf(card)) + (event.key === "ArrowRight" ? 1 : -1)];
    if (!column) return;
    move(card, column);
  } else {
    const next = step(card, event.key);
    if (!next) return;
    next.focus();
  }
  event.preventDefault();
});

// A card opens beside the board. The address says which, so it can be sent, kept and gone back from.

const address = (lead) => {
  const url = new URL(location.href);
  if (lead) url.searchParams.set("lead", lead);
  else url.searchParams.delete("lead");
  return url;
};

const mark = (lead) => {
  for (const link of document.querySelectorAll(".card-title a[aria-current]")) link.removeAttribute("aria-current");
  document.querySelector(`.card[data-lead="${lead}"] .card-title a`)?.setAttribute("aria-current", "true");
};

const open = async (lead) => {
  await htmx.ajax("GET", `/leads/${lead}/panel`, { target: "#panel", swap: "innerHTML" });
  panel.hidden = false;
  panel.dataset.lead = lead;
  document.body.classList.add("with-panel");
  mark(lead);
  panel.querySelector("h2")?.focus();
};

const close = () => {
  const { lead } = panel.dataset;
  panel.hidden = true;
  panel.replaceChildren();
  delete panel.dataset.lead;
  document.body.classList.remove("with-panel");
  mark("");
  document.querySelector(`.card[data-lead="${lead}"] .card-title a`)?.focus();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest(".card-title a");
  if (link && wide.matches && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const { lead } = link.closest(".card").dataset;
    history.pushState({ lead }, "", address(lead));
    open(lead);
  } else if (event.target.closest("#panel [data-close]")) {
    event.preventDefault();
    history.pushState({}, "", address(""));
    close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || panel.hidden || document.querySelector("details.menu[open], dialog[open]")) return;
  history.pushState({}, "", address(""));
  close();
});

window.addEventListener("popstate", () => {
  const lead = new URL(location.href).searchParams.get("lead");
  if (lead) open(lead);
  else if (!panel.hidden) close();
});

document.addEventListener("htmx:afterSwap", () => panel.dataset.lead && mark(panel.dataset.lead));
if (panel.dataset.lead) {
  document.body.classList.add("with-panel");
  mark(panel.dataset.lead);
}

// The filter acts as soon as something is chosen.

document.addEventListener("change", ({ target }) => {
  if (target.matches(".board-filter select, .board-filter input[type=checkbox]")) target.form.requestSubmit();
});
