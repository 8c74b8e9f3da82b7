// A small question before a press: to whom, why. One dialog a question stands on the page; a button with `data-ask`
// opens it for its own address (`data-url`) and says what it is about. Without this module the link leads to a page that
// asks the same.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-ask]");
  const dialog = opener && document.getElementById(`ask-${opener.dataset.ask}`);
  if (!dialog) return;
  event.preventDefault();
  const form = dialog.querySelector("form");
  form.reset();
  form.action = opener.dataset.url;
  dialog.querySelector(".about").textContent = opener.dataset.about;
  dialog.showModal();
  form.querySelector("select, input:not([type=hidden])")?.focus();
});

document.addEventListener("click", ({ target }) => {
  if (target.matches("dialog [data-close]") || target.matches("dialog[open]")) target.closest("dialog").close();
});
