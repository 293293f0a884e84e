"use strict";
/* The page says everything without this. It remembers the switches, and opens the records a link points to. */
const root = document.documentElement;
const kept = (key, value) => {
  try {
    if (value !== undefined) localStorage.setItem("probe-report-" + key, value);
    return localStorage.getItem("probe-report-" + key);
  } catch {
    return null;
  }
};
const speak = (input) => {
  root.lang = input.value;
  root.dir = input.dataset.dir;
  document.title = input.dataset.title;
};
const choose = (key, value) => {
  const input = document.getElementById(key + "-" + value);
  if (input) {
    input.checked = true;
    if (key === "language") speak(input);
  }
};
for (const key of ["language", "theme"]) {
  const own = key === "language" ? (navigator.language || "").slice(0, 2) : null;
  const wanted = kept(key) || own;
  if (["en", "fa", "auto", "light", "dark"].includes(wanted)) choose(key, wanted);
  for (const input of document.getElementsByName(key)) {
    input.addEventListener("change", () => {
      kept(key, input.value);
      if (key === "language") speak(input);
    });
  }
}
const reveal = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", reveal);
reveal();
