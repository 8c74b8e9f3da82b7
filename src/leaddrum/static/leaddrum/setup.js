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
  if (other) by < 0 ? other.before(row) : other.after(row);
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
    for (const other of list.children) {
      if (other === row) continue;
      const { top, height } = other.getBoundingClientRect();
      const above = row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING;
      if (above && clientY < top + height / 2) return other.before(row);
      if (!above && clientY > top + height / 2) other.after(row);
    }
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

// What cannot be saved is marked where it stands.

document.addEventListener("htmx:afterSwap", () => {
  for (const form of document.querySelectorAll("[data-form]")) {
    const wrong = new Set([...form.querySelectorAll("[data-wrong]")].map((one) => one.dataset.wrong));
    for (const field of form.querySelectorAll("input, select, textarea")) {
      if (wrong.has(field.name)) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
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
