/** How the report looks, in light and in dark. */

export const STYLE = `
/* Scroll bars follow it too. */
:root { color-scheme: light dark; }
:root {
  --ink: #1c2024; --soft: #5a6068; --paper: #fff; --line: #e6e8eb;
  --user: #18794e; --system: #a9d8bf; --met: #18794e; --missed: #cd2b31;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #ecedee; --soft: #a0a6ad; --paper: #151718; --line: #2b2f33;
    --user: #4cc38a; --system: #28503c; --met: #4cc38a; --missed: #ff6369;
  }
}
body {
  margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.8rem; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.25rem; }
h3 { margin: 0 0 0.4rem; font-size: 0.95rem; font-weight: 600; }
p { max-width: 46rem; }
.date, .legend, small { color: var(--soft); }
.date { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; text-align: right; white-space: nowrap; }
tbody th, th:first-child { text-align: left; font-weight: 400; }
td.text { text-align: left; white-space: normal; color: var(--soft); }
thead th { color: var(--soft); font-weight: 600; }
tbody tr { border-top: 1px solid var(--line); }
.targets small { display: inline-block; min-width: 5.8em; text-align: left; }
.targets th:first-child { min-width: 8em; white-space: normal; }
.targets th:first-child small { display: none; }
.met { color: var(--met); } .missed { color: var(--missed); }
.cases, .charts {
  display: grid; gap: 1.5rem 2.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr));
}
.bar {
  display: grid; gap: 0.5rem; font-size: 0.85rem;
  grid-template-columns: 4rem 1fr 4rem; align-items: center;
}
.bar .value { text-align: right; font-variant-numeric: tabular-nums; }
.track { position: relative; display: flex; height: 0.8rem; }
.track .user, .legend .user { background: var(--user); }
.track .system, .legend .system { background: var(--system); }
.spread { position: absolute; top: 50%; height: 1px; background: var(--ink); }
.legend { font-size: 0.85rem; }
.legend span { display: inline-block; width: 0.8rem; height: 0.8rem; vertical-align: -0.1rem; }
.chart { min-width: 0; }
.u-legend { font-size: 0.8rem; color: var(--soft); }
code { font-size: 0.9em; }
`;
