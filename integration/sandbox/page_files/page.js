"use strict";
// Fetches the part of the page that changes, once a second, and puts it in place only when it has changed.
(() => {
  const live = document.getElementById("live");
  let etag = "";
  const look = async () => {
    try {
      const answer = await fetch("/live", { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
      if (answer.status === 200) {
        const open = live.querySelector("details")?.open;
        live.innerHTML = await answer.text();
        etag = answer.headers.get("ETag") || "";
        if (open) live.querySelector("details")?.setAttribute("open", "");
      }
      document.body.classList.remove("away");
    } catch {
      document.body.classList.add("away"); // the hospital is away for the moment: ask again
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
})();
