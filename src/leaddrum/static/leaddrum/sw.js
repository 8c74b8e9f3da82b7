// The service worker: shows what is pushed to this browser, and opens the page of the lead when it is pressed.
// It keeps nothing and answers no request in place of the server.

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
