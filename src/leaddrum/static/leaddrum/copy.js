// A button beside an address, a secret or a command copies what stands in the element it names (`data-copy`). It is
// there only where a page may write to the clipboard: on https, or on this very machine.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText("value" in from ? from.value : from.textContent);
      button.textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(from); // forbidden: marked, to be copied by hand
      from.select?.();
    }
  });
}
