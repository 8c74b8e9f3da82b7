// The page that stands where none could be fetched: it says what was pressed and is kept, and goes on as soon as the
// server answers. The real page sends the presses (`sure.js`).

const AGAIN = 5000; // milliseconds between attempts

const language = localStorage.getItem("language") ?? (navigator.language.startsWith("ru") ? "ru" : "en");
const theme = document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1];
if (theme) document.documentElement.dataset.theme = theme;
document.documentElement.lang = language;

const presses = Object.keys(localStorage)
  .filter((key) => key.startsWith("unsent-"))
  .flatMap((key) => JSON.parse(localStorage.getItem(key)));

for (const part of document.querySelectorAll("[data-language]")) {
  part.hidden = part.dataset.language !== language;
  if (!part.hidden) document.title = `${part.querySelector("h1").textContent} · LeadDrum`;
  part.querySelector("[data-unsent]").hidden = !presses.length;
  for (const { label } of presses) {
    const line = document.createElement("li");
    line.textContent = label;
    part.querySelector("[data-unsent] ul").append(line);
  }
  part.querySelector("[data-again]").addEventListener("click", () => location.reload());
}

const answers = async () => {
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    return answer.status < 500;
  } catch {
    return false;
  }
};

const goOn = async () => {
  if (await answers()) location.reload();
};

window.addEventListener("online", goOn);
if (location.pathname !== "/offline") setInterval(goOn, AGAIN);
