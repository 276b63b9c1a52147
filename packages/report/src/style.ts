import { seriesVariables } from './palette.js';

const light = `--ink:#1c1f23;--soft:#5b636d;--rule:#d6dae0;--strong-rule:#1c1f23;--page:#fff;--tint:#f5f6f8;--link:#0068a8;${seriesVariables('light')}`;
const dark = `--ink:#e6e8eb;--soft:#a2aab4;--rule:#3a4048;--strong-rule:#c9ced6;--page:#15181c;--tint:#1e2228;--link:#5aaeea;${seriesVariables('dark')}`;

/** The style sheet of a report: light and dark by the reader's preference, black on white in print. */
export const styleSheet = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
@media print{:root{color-scheme:light;${light}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
font:17px/1.58 Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif}
main{max-width:52rem;margin:0 auto;padding:3.5rem 1.5rem 5rem}
h1{font-size:2rem;line-height:1.18;letter-spacing:-.012em;margin:0;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;margin:3rem 0 .7rem;padding-top:1.1rem;border-top:1px solid var(--rule);break-after:avoid}
h2 .no{color:var(--soft);font-weight:400;margin-right:.6em}
p{margin:.7rem 0;text-wrap:pretty}
.subtitle{font-size:1.15rem;color:var(--soft);margin:.5rem 0 0}
.details{list-style:none;margin:1.1rem 0 0;padding:0;font:13px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--soft);overflow-wrap:anywhere}
nav{margin:1.8rem 0 0;font:14px/1.7 system-ui,sans-serif}
nav ol{margin:0;padding:0;list-style:none;columns:2;column-gap:2rem}
nav li{break-inside:avoid}
nav .no{color:var(--soft);margin-right:.6em;font-variant-numeric:tabular-nums}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
figure{margin:1.6rem 0;break-inside:avoid}
figure>svg,.plot svg{display:block;width:100%;height:auto;font-family:system-ui,sans-serif}
figcaption{font:14px/1.5 system-ui,sans-serif;color:var(--soft);margin-top:.6rem}
.above figcaption{margin:0 0 .5rem}
figcaption b{color:var(--ink);font-weight:600;margin-right:.35em}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font:13.5px/1.45 system-ui,sans-serif;min-width:50%;border-top:1.6px solid var(--strong-rule);border-bottom:1.6px solid var(--strong-rule)}
th,td{padding:.34rem .9rem .34rem .15rem;text-align:left;vertical-align:baseline}
th:last-child,td:last-child{padding-right:.15rem}
thead th{font-weight:600;border-bottom:1px solid var(--strong-rule);vertical-align:bottom}
tbody tr+tr td,tbody tr+tr th{border-top:1px solid var(--rule)}
tr{break-inside:avoid}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-left:.9rem}
.interval{font-weight:400;font-size:.86em;color:var(--soft)}
td:first-child,th:first-child{min-width:7rem}
.heat td:first-child,.heat th:first-child{min-width:0}
.unit{font-weight:400;color:var(--soft)}
table.heat{min-width:0;border:0;border-collapse:separate;border-spacing:2px}
.heat th{font-weight:500;border:0!important;padding:.25rem .55rem}
.heat thead th{text-align:center;min-width:4.2rem}
.heat td{text-align:center;padding:.32rem .6rem;border:0!important;border-radius:2px;font-variant-numeric:tabular-nums;white-space:nowrap;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.heat .none{color:var(--soft);background:var(--tint)}
.key{font:13px/1.4 system-ui,sans-serif;color:var(--soft);margin:.4rem 0 0}
.ramp{display:inline-block;width:9rem;height:.7em;border-radius:2px;vertical-align:-.02em;margin:0 .3em;background:linear-gradient(90deg,#00204d,#31446b,#666970,#958f78,#cbba69,#ffea46);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.3rem;list-style:none;margin:0 0 .3rem;padding:0 0 0 4rem;font:13px/1.5 system-ui,sans-serif}
.legend svg{margin-right:.45em;vertical-align:-1px}
.images{display:grid;gap:.7rem .6rem;font:12px/1.35 system-ui,sans-serif;color:var(--soft);overflow-x:auto}
.images div{text-align:center;break-inside:avoid}
.images img{display:block;margin:0 auto .2rem;image-rendering:pixelated;border-radius:2px;outline:1px solid var(--rule)}
dl{display:grid;grid-template-columns:max-content 1fr;font:14px/1.5 system-ui,sans-serif;margin:0;border-top:1px solid var(--rule)}
dl div{display:grid;grid-template-columns:subgrid;grid-column:1/-1;border-bottom:1px solid var(--rule);padding:.28rem .15rem}
dt{color:var(--soft);padding-right:2rem}
dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.note{--tone:#b57b00;margin:1.4rem 0;padding:.15rem 1.1rem;background:var(--tint);border-left:4px solid var(--tone);font-size:.96em;break-inside:avoid}
.note.info{--tone:var(--series-0)}.note.failure{--tone:#c2332b}.note.success{--tone:var(--series-2)}
.note-title{font:600 14px/1.4 system-ui,sans-serif;margin:.8rem 0 -.3rem}
@media (max-width:40rem){main{padding:2rem 1rem 3rem}nav ol{columns:1}.legend{padding-left:0}}
@media print{@page{margin:18mm 16mm}body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}h2{margin-top:1.8rem}a{color:inherit}.scroll,.images{overflow:visible}}
`.replace(/\n/g, '');
