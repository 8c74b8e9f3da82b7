// A press is never lost and never doubled, however poor the connection.
//
// A button or form with `data-sure` is sent by this module: the press is first kept in this browser, then sent, and sent
// again until the server has answered. Its address names the turn (or the wish), so the server knows a repeat when it
// sees one; the same press cannot be kept twice. What is still on its way is said in `#unsent`. Without this module the
// same buttons are plain forms.

const person = document.body.dataset.person;
const place = `unsent-${person}`;
const PAUSES = [1, 2, 4, 8, 15]; // seconds between attempts, the last one again and again
const PATIENCE = 15_000; // milliseconds for one answer
const box = document.getElementById("unsent");
let attempt = 0;
let waiting = 0;
let sending = false;

const kept = () => JSON.parse(localStorage.getItem(place) ?? "[]");
const keep = (presses) => localStorage.setItem(place, JSON.stringify(presses));
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

const show = () => {
  const presses = kept();
  if (!box) return;
  box.hidden = !presses.length || !attempt;
  if (!box.hidden) box.textContent = `${box.dataset.said} ${presses.map(({ label }) => label).join(", ")}`;
  for (const button of document.querySelectorAll("[data-sure]")) {
    const url = button.formAction && button.hasAttribute("formaction") ? button.formAction : button.action;
    button.classList.toggle("sending", presses.some((press) => press.url === url));
  }
};

// One attempt. "done": the server has answered; "refused": it may not be done; "old": this page's token counts no more;
// "later": it is tried again.
const send = async ({ url, body }) => {
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token(), "HX-Request": "true" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) {
      // Signed out meanwhile: the press waits until he has signed in here again.
      if (new URL(elsewhere, location.href).pathname !== location.pathname) location.assign(elsewhere);
      return "later";
    }
    if (answer.headers.get("HX-Refresh")) return "old";
    if (answer.status >= 500 || answer.status === 429) return "later";
    return answer.ok ? "done" : "refused";
  } catch {
    return "later";
  }
};

const refuse = ({ label }) => {
  const said = document.createElement("p");
  said.className = "message error";
  said.textContent = `${box.dataset.refused} ${label}`;
  document.getElementById("messages").replaceChildren(said);
};

const look = () => {
  for (const live of document.querySelectorAll("[data-live]")) htmx.trigger(live, "look");
};

const work = async () => {
  clearTimeout(waiting);
  while (kept().length) {
    const [press] = kept();
    const came = await send(press);
    if (came === "later") {
      waiting = setTimeout(go, PAUSES[Math.min(attempt, PAUSES.length - 1)] * 1000);
      attempt += 1;
      show();
      return;
    }
    if (came === "old" && !press.renewed) {
      keep(kept().map((one) => (one.url === press.url ? { ...one, renewed: true } : one)));
      location.reload(); // with a new token the press is sent once more
      return;
    }
    attempt = 0;
    keep(kept().filter(({ url }) => url !== press.url));
    if (came !== "done") refuse(press);
    look();
    show();
  }
};

// One tab at a time, where the browser can say so.
const go = async () => {
  if (sending) return;
  sending = true;
  try {
    await (navigator.locks ? navigator.locks.request(place, work) : work());
  } finally {
    sending = false;
  }
};

const press = (url, body, label) => {
  const presses = kept();
  if (!presses.some((one) => one.url === url)) keep([...presses, { url, body, label }]);
  show();
  go();
};

const labelOf = (node) => {
  const about = node.closest("[data-about]")?.dataset.about;
  const words = node.dataset.label ?? node.textContent.trim();
  return about ? `${words}: ${about}` : words;
};

if (person) {
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button[data-sure]");
      if (!button) return;
      event.preventDefault();
      press(button.formAction, "", labelOf(button));
    },
    true,
  );
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("form[data-sure]")) return;
      event.preventDefault();
      const body = new URLSearchParams(new FormData(form, event.submitter)).toString();
      press(form.action, body, labelOf(form));
      form.closest("details")?.removeAttribute("open");
    },
    true,
  );
  window.addEventListener("online", go);
  document.addEventListener("visibilitychange", () => document.hidden || go());
  document.addEventListener("htmx:afterSwap", show);
  if (kept().length) go();
  localStorage.setItem("language", document.documentElement.lang); // for the page without a connection (`offline.js`)
  navigator.serviceWorker?.register("/sw.js", { scope: "/" }).catch(() => {}); // without it the browser's own page says so
}
