"use strict";
const all = (what, where = document) => [...where.querySelectorAll(what)];
const one = (what, where = document) => where.querySelector(what);

// Light, dark or as the system says; the choice is kept where the browser allows it.
const themeButton = one("#theme");
const themes = ["auto", "dark", "light"];
let theme = "auto";
try { theme = localStorage.getItem("theme") || "auto"; } catch { /* files may have no storage */ }
function showTheme() {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  themeButton.textContent = "Theme: " + theme;
}
themeButton.addEventListener("click", () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  try { localStorage.setItem("theme", theme); } catch { /* as above */ }
  showTheme();
});
showTheme();
