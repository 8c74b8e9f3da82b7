// The set-up's forms: order by dragging or by keys, and what is wrong is marked in its field.

const said = (text) => {
  document.getElementById("said").textContent = text;
};

const changed = (list) => list.dispatchEvent(new Event("change", { bubbles: true }));

const tell = (row) => {
  const all = [...row.parentElement.children];
  said(`${row.querySelector(".who").textContent.trim()}: ${all.indexOf(row) + 1} / ${all.length}`);
};

const step = (button, by) => {
  const row = button.closest("li");
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (other) by < 0 ? row.after(other) : row.before(other); // the neighbour moves, so the focus stays
  button.focus();
  tell(row);
  changed(row.parentElement);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-ordered] [data-up], [data-ordered] [data-down]");
  if (!button) return;
  event.preventDefault();
  step(button, button.dataset.up === undefined ? 1 : -1);
});

// By keys: Alt with an arrow moves the row whose button or field has the focus.

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-ordered] > li");
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const focus = document.activeElement;
  step(row.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]"), event.key === "ArrowUp" ? -1 : 1);
  focus.focus();
});

// By hand: the row follows the pointer, from its grip.

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-ordered] .grip");
  if (!grip || event.button) return;
  event.preventDefault();
  const row = grip.closest("li");
  const list = row.parentElement;
  const before = [...list.children];
  row.classList.add("held");
  grip.setPointerCapture(event.pointerId);
  const move = ({ clientY }) => {
    const others = [...list.children].filter((other) => other !== row);
    const middle = (other) => other.getBoundingClientRect().top + other.getBoundingClientRect().height / 2;
    const stands = (other) => row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING;
    // The others move, nearest first: a row that is moved itself loses the pointer.
    for (const other of others.toReversed()) if (stands(other) && clientY < middle(other)) row.after(other);
    for (const other of others) if (!stands(other) && clientY > middle(other)) row.before(other);
  };
  const drop = () => {
    row.classList.remove("held");
    grip.removeEventListener("pointermove", move);
    if ([...list.children].some((one, at) => one !== before[at])) {
      tell(row);
      changed(list);
    }
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("pointerup", drop, { once: true });
  grip.addEventListener("pointercancel", drop, { once: true });
});

// What cannot be saved is marked where it stands, and said there: on a phone the list of it may hide the field.

const sayWrong = (form, { wrong: name, what }) => {
  const hint = form.querySelector(`#${CSS.escape(name)}-hint`);
  const field = form.querySelector(`#${CSS.escape(name)}`) ?? form.querySelector(`[name="${CSS.escape(name)}"]`);
  const place = hint ?? field?.closest("li, .field") ?? field;
  if (!place) return;
  const said = document.createElement("span");
  said.className = "error";
  said.id = `${name}-wrong`;
  said.textContent = what;
  place.append(" ", said);
  if (hint || !field.matches("input, select, textarea")) return; // a hint describes its field already
  const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== said.id);
  field.setAttribute("aria-describedby", [...others, said.id].join(" "));
};

document.addEventListener("htmx:afterSwap", () => {
  for (const form of document.querySelectorAll("[data-form]")) {
    const found = [...form.querySelectorAll("[data-wrong]")];
    const wrong = new Set(found.map((one) => one.dataset.wrong));
    for (const old of form.querySelectorAll(".settings .error:not(.message)")) old.remove();
    for (const one of found) if (!form.querySelector(`#${CSS.escape(one.dataset.wrong)}-wrong`)) sayWrong(form, one.dataset);
    for (const field of form.querySelectorAll("input, select, textarea")) {
      if (wrong.has(field.name) || (field.id && wrong.has(field.id))) {
        field.setAttribute("aria-invalid", "true");
        if (field === document.activeElement) field.scrollIntoView({ block: "nearest" }); // clear of the list
      } else field.removeAttribute("aria-invalid");
    }
  }
});

// Choosing somebody to be added is no change yet.

document.addEventListener(
  "change",
  (event) => {
    if (event.target.closest?.("[data-quiet]")) event.stopPropagation();
  },
  true,
);
document.addEventListener("input", (event) => event.target.closest?.("[data-quiet]") && event.stopPropagation(), true);

// The week by drawing: half hours of a day, painted or cleared by moving over them; the field says the same in words.

const CELLS = 48;
const DAY = 24 * 60; // minutes
const CELL = DAY / CELLS;
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

// The field's spans in minutes, to the minute: one that ends the next morning ends beyond the day.
const spansOf = (text) =>
  [...text.matchAll(/(\d{1,2})(?:[:.]?(\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.]?(\d{2}))?/g)].map(([, h, m, to, until]) => {
    const [start, end] = [Number(h) * 60 + Number(m ?? 0), Number(to) * 60 + Number(until ?? 0)];
    return [start, end > start ? end : end + DAY];
  });

const textOf = (spans) => spans.map(([start, end]) => `${clock(start)}-${clock(end > DAY ? end - DAY : end)}`).join(", ");

const covers = (spans, cell) => spans.some(([start, end]) => start < (cell + 1) * CELL && end > cell * CELL);

// What is painted is added or taken away; all else stays as it was written.
const painted = (spans, from, to, on) => {
  const touched = on ? spans.filter(([start, end]) => start <= to && end >= from) : [];
  const rest = spans.filter((span) => !touched.includes(span));
  const made = on
    ? [...rest, [Math.min(from, ...touched.map(([start]) => start)), Math.max(to, ...touched.map(([, end]) => end))]]
    : rest.flatMap(([start, end]) => [[start, Math.min(end, from)], [Math.max(start, to), end]]);
  return made.filter(([start, end]) => start < end && start < DAY).sort(([a], [b]) => a - b);
};

const draw = (row) => {
  const spans = spansOf(row.querySelector("input").value);
  row.querySelectorAll(".drawn > i").forEach((cell, at) => cell.classList.toggle("on", covers(spans, at)));
};

for (const row of document.querySelectorAll("[data-week] .week-row")) {
  const drawn = row.querySelector(".drawn");
  const field = row.querySelector("input");
  for (let cell = 0; cell < CELLS; cell += 1) {
    const part = document.createElement("i");
    part.title = clock(cell * CELL);
    if (cell % 6 === 0) part.className = "hour";
    drawn.append(part);
  }
  draw(row);
  field.addEventListener("input", () => draw(row));
  let paint = null;
  const at = ({ clientX }) => {
    const { left, width } = drawn.getBoundingClientRect();
    return Math.max(0, Math.min(CELLS - 1, Math.floor(((clientX - left) / width) * CELLS)));
  };
  let last = 0;
  const set = (cell) => {
    const [from, to] = [Math.min(cell, last) * CELL, (Math.max(cell, last) + 1) * CELL];
    last = cell;
    field.value = textOf(painted(spansOf(field.value), from, to, paint));
    draw(row);
  };
  drawn.addEventListener("pointerdown", (event) => {
    if (field.disabled || field.closest("fieldset:disabled")) return;
    event.preventDefault();
    drawn.setPointerCapture(event.pointerId);
    last = at(event);
    paint = !covers(spansOf(field.value), last);
    set(last);
  });
  drawn.addEventListener("pointermove", (event) => paint === null || set(at(event)));
  const drop = () => {
    if (paint === null) return;
    paint = null;
    changed(field);
  };
  drawn.addEventListener("pointerup", drop);
  drawn.addEventListener("pointercancel", drop);
}

// A press on a day of the year puts it among the single days.

document.addEventListener("click", (event) => {
  const day = event.target.closest?.("[data-day]");
  const list = document.querySelector("[data-exceptions]");
  if (!day || !list) return;
  let row = [...list.children].find((one) => one.querySelector("[name=date]").value === day.dataset.day);
  if (!row) {
    row = [...list.children].find((one) => !one.querySelector("[name=date]").value);
    if (!row) list.append((row = list.lastElementChild.cloneNode(true)));
    row.querySelector("[name=date]").value = day.dataset.day;
    row.querySelector("[name=hours]").value = day.dataset.hours ? list.dataset.exceptions : "";
    row.querySelector("[name=reason]").value = "";
    changed(row.querySelector("[name=date]"));
  }
  row.querySelector("[name=hours]").focus();
});

// A rule in words is what it says on the server: once it is changed, its words would be those of another.

document.addEventListener("input", (event) => event.target.closest?.(".route")?.querySelector("[data-in-words]")?.remove());

// A list of rows grows by itself: its last one is always empty.

document.addEventListener("input", (event) => {
  const list = event.target.closest?.(".rows");
  const last = list?.lastElementChild;
  if (!last?.contains(event.target) || !event.target.value) return;
  const more = last.cloneNode(true);
  for (const field of more.querySelectorAll("input, textarea")) field.value = "";
  for (const field of more.querySelectorAll("select")) field.selectedIndex = Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
  last.after(more);
});
