// The button that subscribes this browser to notices. The browser's own question comes only after a press on it.

const part = document.getElementById("push");

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

// Of the key a browser has subscribed to, and ours: another one is refused until the old subscription is gone.
const same = (key, ours) => key && String(new Uint8Array(key)) === String(ours);

const show = (state) => {
  for (const said of part.querySelectorAll("[data-state]")) said.hidden = said.dataset.state !== state;
};

const send = (subscription) =>
  fetch(part.dataset.keep, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": part.dataset.csrf },
    body: JSON.stringify(subscription),
  });

const worker = () => navigator.serviceWorker.register(part.dataset.worker, { scope: "/" });

const look = async () => {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return show("unable");
  if (Notification.permission === "denied") return show("denied");
  const registration = await navigator.serviceWorker.getRegistration("/");
  const known = await registration?.pushManager.getSubscription();
  if (!known) return show("off");
  const here = part.dataset.known.split(" ").includes(await digest(known.endpoint));
  return show(here ? "on" : "off");
};

const digest = async (text) => {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(sum)].map((one) => one.toString(16).padStart(2, "0")).join("");
};

const subscribe = async () => {
  show("asking");
  try {
    if ((await Notification.requestPermission()) !== "granted") return look();
    await worker();
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: bytes(part.dataset.key) };
    const before = await pushManager.getSubscription();
    if (before && !same(before.options.applicationServerKey, options.applicationServerKey)) await before.unsubscribe();
    const subscription = await pushManager.subscribe(options);
    const answer = await send(subscription);
    if (!answer.ok) throw new Error(String(answer.status));
    window.location.reload();
  } catch {
    show("failed");
  }
  return undefined;
};

if (part) {
  for (const button of part.querySelectorAll("button[data-subscribe]")) button.addEventListener("click", subscribe);
  look();
}
