// The terminal gives the body a class when its socket is open, and another when that is closed.
const has = (name) => document.body.classList.contains(name);

// Keys go to the terminal from the beginning.
addEventListener("load", () => {
  const opened = new MutationObserver(() => {
    if (!has("-loaded")) return;
    opened.disconnect();
    document.querySelector(".xterm-helper-textarea").focus();
  });
  opened.observe(document.body, { attributeFilter: ["class"] });
});

// A tab that is closed by mistake (Ctrl-W) would take the shell with it.
addEventListener("beforeunload", (leaving) => {
  if (!has("-closed")) leaving.preventDefault();
});
