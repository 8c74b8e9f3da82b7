// The service worker: shows what is pushed to this browser, and opens the page of the lead when it is pressed. Where there
// is no connection it answers with the one page that it keeps, which knows nothing of any client (`KEPT`, whose first
// entry is that page; the server writes it and `RELEASE` above). Every other answer is the server's own, and none is kept.

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(RELEASE)
      .then((kept) => kept.addAll(KEPT.map((url) => new Request(url, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== RELEASE).map((name) => caches.delete(name))));
  const early = self.registration.navigationPreload?.enable(); // a page is asked for while this worker still wakes up
  event.waitUntil(Promise.all([old, early]).then(() => self.clients.claim()));
});

const instead = (address) => caches.match(address, { ignoreVary: true });

const page = async (event) => {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    return answer.status >= 502 && answer.status <= 504 ? ((await instead(KEPT[0])) ?? answer) : answer;
  } catch {
    return (await instead(KEPT[0])) ?? Response.error();
  }
};

const file = async (request, address) => {
  try {
    return await fetch(request);
  } catch {
    return (await instead(address)) ?? Response.error();
  }
};

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event));
  else if (KEPT.indexOf(pathname) > 0) event.respondWith(file(event.request, pathname));
});

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch {
    said = {};
  }
  const options = {
    body: said.body || "",
    tag: said.tag || "leaddrum",
    renotify: true,
    requireInteraction: true,
    icon: "/static/leaddrum/favicon.svg",
    data: { url: said.url || "/my" },
  };
  event.waitUntil(self.registration.showNotification(said.title || "LeadDrum", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data?.url || "/my", self.location.origin);
  if (target.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const here = open.find((page) => page.url === target.href);
      return here ? here.focus() : self.clients.openWindow(target.href);
    }),
  );
});
