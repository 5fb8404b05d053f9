// The desk's only script: keys, news that waits, and one box that ticks all. Without it every page works.
"use strict";
(() => {
  const rows = [...document.querySelectorAll(".rows > *")].filter((row) => row.querySelector("a"));
  const keys = document.getElementById("keys");
  const allowed = () => localStorage.getItem("keys") !== "off";
  let at = -1;
  if (keys) {
    keys.closest(".keys").hidden = false;
    keys.checked = allowed();
    keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
  }
  const move = (by) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("at");
    at = Math.min(rows.length - 1, Math.max(0, at + by));
    rows[at].classList.add("at");
    rows[at].querySelector("a").focus();
  };
  let going = 0;
  document.addEventListener("keydown", (press) => {
    const typing = press.target.closest("input, select, textarea");
    if (press.ctrlKey || press.metaKey || press.altKey || typing || !allowed()) return;
    if (going && Date.now() - going < 1500) {
      const way = document.querySelector(`[data-key="${CSS.escape(press.key)}"]`);
      going = 0;
      if (way) { press.preventDefault(); way.click(); }
      return;
    }
    if (press.key === "g") going = Date.now();
    else if (press.key === "/") { press.preventDefault(); document.getElementById("seek")?.focus(); }
    else if (press.key === "j") move(1);
    else if (press.key === "k") move(-1);
    else if (press.key === "x") { const box = rows[at]?.querySelector("[type=checkbox]"); if (box) box.checked = !box.checked; }
  });
  const every = document.getElementById("every");
  if (every) {
    every.hidden = false;
    every.addEventListener("change", () => {
      for (const box of document.querySelectorAll("#pick [name=record]")) box.checked = every.checked;
    });
  }
  const news = document.querySelector("[data-news]");
  if (news && news.dataset.news !== "") {
    const before = Number(news.dataset.news);
    setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch("/news", { headers: { accept: "application/json" } }).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const { waiting } = await answer.json();
      if (waiting === before) { news.textContent = "Nothing new since this page was opened."; return; }
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = waiting > before ? `${waiting - before} more wait: show them` : `${before - waiting} fewer wait: show what is left`;
      news.replaceChildren(link);
    }, 15000);
  }
})();
