// Ticks the countdowns. They count working time: the server says how much is left, whether the clock runs now and for
// how long it still runs (`data-left`, `data-runs`, `data-stops`, in seconds; `data-at` names the reading).

const bases = new WeakMap();
const levels = new WeakMap(); // what was seen last: the page's own `data-level` may be put anew by the server first

const written = (seconds) => {
  const whole = Math.max(0, Math.ceil(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

const level = (left, budget) => {
  if (left <= 0) return "over";
  if (left <= budget * 0.2) return "late";
  return left <= budget * 0.5 ? "half" : "calm";
};

const tickOne = (clock, now) => {
  const { left, at, runs, stops, budget } = clock.dataset;
  let base = bases.get(clock);
  if (!base || base.at !== at || base.left !== left) {
    base = { at, left, since: now };
    bases.set(clock, base);
  }
  const passed = runs ? Math.min((now - base.since) / 1000, stops ? Number(stops) : Infinity) : 0;
  const rest = Number(left) - passed;
  const shown = clock.querySelector(".countdown");
  if (shown) {
    const words = rest <= 0 && clock.dataset.over ? clock.dataset.over : written(rest);
    if (shown.textContent !== words) shown.textContent = words;
  }
  const bar = clock.querySelector("progress");
  if (bar) bar.value = Math.max(0, rest);
  const ring = clock.querySelector(".ring-left");
  if (ring) ring.setAttribute("stroke-dasharray", `${Math.max(0, Math.min(100, (100 * rest) / Number(budget)))} 100`);
  const now_level = level(rest, Number(budget));
  if (clock.dataset.level !== now_level) clock.dataset.level = now_level;
  const before = levels.get(clock);
  levels.set(clock, now_level);
  if (before && before !== now_level && now_level !== "calm") say(clock);
};

// Half of the time, the last fifth, the end of it: of one's own offers only.
const say = (clock) => {
  const mine = clock.closest(".offer, .card.mine");
  const said = document.getElementById("said");
  if (!mine || !said) return;
  said.textContent = `${mine.querySelector("h2, h3").textContent}: ${clock.querySelector(".countdown").textContent}`;
};

const tick = () => {
  const now = performance.now();
  for (const clock of document.querySelectorAll("[data-left]")) tickOne(clock, now);
};

tick();
setInterval(tick, 500);
document.addEventListener("htmx:afterSwap", tick);
