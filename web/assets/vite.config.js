// Builds web/assets/src into web/static/dist, with hashed names and a manifest that web/bundle.py reads.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: true,
    // Tablets in shops are not new: light-dark() and :has() set the floor (Chromium 123, Safari 17.5, Firefox 121).
    target: ["chrome123", "safari17.5", "firefox128"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      // htmx can eval; the page forbids it twice: `allowEval: false`, and the content security policy.
      checks: { eval: false },
      // theme.js stands in <head> and runs before the first paint, hence it has no import.
      input: { panel: "src/panel.js", now: "src/now.js", today: "src/today.js", cues: "src/cues.js", dryrun: "src/dryrun.js", simulator: "src/simulator.js", hq: "src/hq.js", "hq-store": "src/hq-store.js", "hq-campaigns": "src/hq-campaigns.js", "hq-campaign": "src/hq-campaign.js", theme: "src/theme.js" },
    },
  },
});
