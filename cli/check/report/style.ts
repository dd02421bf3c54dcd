/** The report's style sheet. On paper it is light. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fff; --card: #f6f7f9; --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0;
  --wave: #57606a; --error: #cf222e; --warning: #9a6700; --good: #1a7f37; --link: #0969da;
  --clipped: #e5534b; --pause: #d4a72c; --left: #0969da; --right: #bf3989;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --card: #161b22; --ink: #e6edf3; --faint: #9198a1; --line: #30363d;
    --wave: #8b949e; --error: #ff7b72; --warning: #d29922; --good: #3fb950; --link: #58a6ff;
    --clipped: #ff6a61; --pause: #e3b341; --left: #58a6ff; --right: #f778ba;
  }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --card: #fff; --ink: #000; --faint: #444; --line: #bbb;
    --wave: #57606a; --error: #cf222e; --warning: #9a6700; --good: #1a7f37; --link: #000;
    --clipped: #e5534b; --pause: #d4a72c; --left: #0969da; --right: #bf3989;
  }
  audio, .cursor { display: none !important; }
  article { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1, h2, h3 { margin: 0; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; }
h3 { font-size: 1.05rem; }
p { margin: 0.25rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
.summary { font-size: 1.1rem; }
.facts, footer, small { color: var(--faint); }
small { white-space: nowrap; }
article { margin: 1rem 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
figure { position: relative; margin: 0.75rem 0 1.75rem; }
svg { display: block; width: 100%; cursor: pointer; background: var(--ground); border: 1px solid var(--line); border-width: 1px 0; }
.wave { fill: var(--wave); stroke: var(--wave); stroke-width: 1; vector-effect: non-scaling-stroke; }
.mark { fill: var(--pause); fill-opacity: 0.3; stroke: none; }
.mark.CLIPPED, .mark.TOO_LOUD { fill: var(--clipped); fill-opacity: 0.45; }
.mark.TWO_VOICES { fill-opacity: 0.25; }
.TWO_VOICES .side-1 { fill: var(--left); }
.TWO_VOICES .side-2 { fill: var(--right); }
.sides { position: absolute; inset: 0; display: flex; flex-direction: column; pointer-events: none; }
.sides span { flex: 1; min-height: 0; padding: 0 0.25rem; font-size: 0.7rem; color: var(--faint); }
.axis { position: absolute; top: 100%; left: 0; right: 0; height: 1.2rem; font-size: 0.7rem; color: var(--faint); overflow: hidden; }
.axis span { position: absolute; padding-left: 3px; border-left: 1px solid var(--line); white-space: nowrap; }
.cursor { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--ink); pointer-events: none; }
audio { width: 100%; height: 2.5rem; }
.gauge { margin: 0.5rem 0; }
.scale { position: relative; display: inline-block; width: 14rem; max-width: 100%; height: 0.5rem; margin: 0 0.5rem; background: var(--line); border-radius: 4px; }
.scale i { position: absolute; top: 0; bottom: 0; }
.tolerated { background: var(--good); opacity: 0.35; }
.wanted { background: var(--good); }
.scale .value { top: -3px; bottom: -3px; width: 4px; margin-left: -2px; background: var(--ink); outline: 1px solid var(--ground); border-radius: 2px; }
.is-bad small { color: var(--warning); }
.problems { margin: 0.5rem 0; padding: 0; list-style: none; }
.problems li { margin: 0.5rem 0; padding-left: 0.75rem; border-left: 3px solid var(--warning); }
.problems li.error { border-color: var(--error); }
.warning b { color: var(--warning); }
.error b { color: var(--error); }
.swatch { display: none; width: 0.8em; height: 0.8em; margin-right: 0.4em; }
.swatch.CLIPPED, .swatch.TOO_LOUD, .swatch.LONG_PAUSE, .swatch.MOSTLY_SILENCE { display: inline-block; background: var(--pause); }
.swatch.CLIPPED, .swatch.TOO_LOUD { background: var(--clipped); }
.suggestion { color: var(--ink); }
.places button { margin: 0 0.25rem 0.25rem 0; padding: 0 0.4rem; font: inherit; font-variant-numeric: tabular-nums; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: 4px; cursor: pointer; }
.places .side-1 { border-color: var(--left); }
.places .side-2 { border-color: var(--right); }
`;
