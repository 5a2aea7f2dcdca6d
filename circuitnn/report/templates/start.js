"use strict";
// Draws what is on the page, again when the reader's theme changes, and in light colours on paper.

(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const drawn = [...document.querySelectorAll(".drawing")].map((element) => {
    const content = JSON.parse(element.querySelector('script[type="application/json"]').textContent, decoded);
    return drawers[element.dataset.kind](element, content);
  });
  const all = (theme) => Promise.all(drawn.map((draw) => draw(INK[theme])));
  const again = () => all(dark.matches ? "dark" : "light");
  dark.addEventListener("change", again);
  window.addEventListener("beforeprint", () => all("light"));
  window.addEventListener("afterprint", again);
  again().then(() => document.documentElement.setAttribute("data-drawn", String(drawn.length)));
})();
