
const versions = JSON.parse(one("#data").textContent);
const reports = all(".reports>tbody");
const boxes = all("#filters input"), search = one("#search"), order = one("#sort");

const narrow = matchMedia("(max-width:60rem)");
const foldFilters = () => { one("#filters").open = !narrow.matches; };
narrow.addEventListener("change", foldFilters);
foldFilters();

// Filters of one group widen, groups and words narrow.
const texts = new Map(reports.map(r => [r, (r.dataset.words + " " + one(".row", r).textContent).toLowerCase()]));
function filter() {
  const wanted = {};
  boxes.filter(b => b.checked).forEach(b => (wanted[b.name] ||= []).push(b.value));
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const report of reports) {
    const fits = Object.entries(wanted).every(([name, values]) => values.includes(report.dataset[name]))
      && words.every(word => texts.get(report).includes(word));
    report.hidden = !fits;
    shown += fits;
  }
  const total = reports.length, noun = total === 1 ? "report" : "reports";
  one("#count").textContent = shown === total ? `${total} ${noun}` : `${shown} of ${total} ${noun}`;
  one("#nothing").hidden = shown > 0;
  one("#clear").hidden = !words.length && !Object.keys(wanted).length;
}
new URLSearchParams(location.search).forEach((value, name) => boxes.forEach(b => { if (b.name === name && b.value === value) b.checked = true; }));
search.addEventListener("input", filter);
boxes.forEach(b => b.addEventListener("change", filter));
one("#clear").addEventListener("click", () => { boxes.forEach(b => { b.checked = false; }); search.value = ""; filter(); search.focus(); });
addEventListener("keydown", event => {
  if (event.key !== "/" || /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) return;
  event.preventDefault();
  search.focus();
});

const rank = { failed: 0, stale: 1, flagged: 2, good: 3 };
const newer = (a, b) => b.dataset.date.localeCompare(a.dataset.date) || a.dataset.name.localeCompare(b.dataset.name);
const orders = {
  date: newer,
  status: (a, b) => rank[a.dataset.status] - rank[b.dataset.status] || newer(a, b),
  name: (a, b) => a.dataset.name.localeCompare(b.dataset.name) || newer(a, b),
  study: (a, b) => a.dataset.study.localeCompare(b.dataset.study) || newer(a, b),
};
order.addEventListener("change", () => one(".reports").append(...[...reports].sort(orders[order.value])));

all("button[aria-controls]").forEach(button => button.addEventListener("click", () => {
  const rows = document.getElementById(button.getAttribute("aria-controls"));
  rows.hidden = !rows.hidden;
  button.setAttribute("aria-expanded", !rows.hidden);
}));

// Comparing: the last two chosen versions, the older one first.
let chosen = [];
const choices = all("[data-version]");
function showChosen() {
  all(".slot").forEach((slot, i) => {
    const v = versions[chosen[i]];
    slot.textContent = v ? `${v.report} ${v.version.slice(0, 4)}…, ${v.date}` : i ? "second version" : "first version";
    slot.classList.toggle("full", !!v);
  });
  one("#compare").disabled = chosen.length < 2;
  one("#unchoose").hidden = !chosen.length;
  one(".compare").classList.toggle("empty", !chosen.length);
  choices.forEach(c => { c.checked = chosen.includes(c.dataset.version); });
  reports.forEach(r => r.classList.toggle("chosen", !!one("[data-version]:checked", r)));
}
choices.forEach(c => c.addEventListener("change", () => {
  const id = c.dataset.version;
  chosen = c.checked ? [...chosen, id].slice(-2) : chosen.filter(x => x !== id);
  showChosen();
}));
one("#unchoose").addEventListener("click", () => { chosen = []; showChosen(); });
showChosen();

function line(cells, kind = "", heading = false) {
  const tr = document.createElement("tr");
  if (kind) tr.className = kind;
  cells.forEach((text, i) => {
    const cell = document.createElement(heading || !i ? "th" : "td");
    if (heading) cell.scope = "col"; else if (!i) cell.scope = "row";
    if (kind === "group") cell.colSpan = 4;
    cell.textContent = text;
    tr.append(cell);
  });
  return tr;
}
const pairLine = (name, a, b, change) => line([name, a, b, change ?? (a === b ? "no change" : "changed")], a === b ? "same" : "");
function change(a, b) {
  if (a.key.label !== b.key.label || a.key.unit !== b.key.unit) return "not the same number";
  if (typeof a.estimate !== "number" || typeof b.estimate !== "number" || a.qualifier !== b.qualifier) return undefined;
  if (a.estimate === b.estimate) return "no change";
  if (a.estimate === 0 || a.estimate * b.estimate < 0) return "changed";
  const percent = 100 * (b.estimate / a.estimate - 1);
  return (percent > 0 ? "+" : "−") + Math.abs(percent).toFixed(Math.abs(percent) < 1 ? 2 : 0) + " %";
}
function groupLines(title, a, b) {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const moved = names.filter(n => a[n] !== b[n]), same = names.length - moved.length;
  const lines = moved.map(n => pairLine(n, a[n] ?? "not in it", b[n] ?? "not in it"));
  return [line([title + (same ? `, ${same} the same` : "")], "group"), ...lines];
}
one("#compare").addEventListener("click", () => {
  const [a, b] = chosen.map(id => versions[id]).sort((x, y) => x.created.localeCompare(y.created));
  const same = a.report === b.report && a.study === b.study;
  one("#dialog-title").textContent = same ? `${a.report}: two versions` : `${a.report} and ${b.report}`;
  one("#dialog-note").textContent = same ? "" : "Different reports: their numbers stand side by side and are not subtracted.";
  const head = v => `${v.version.slice(0, 4)}…, ${v.date}`;
  one("#dialog thead").replaceChildren(line(["", head(a), head(b), "Change"], "", true));
  const words = v => `${same ? "" : v.key.label + ": "}${v.key.number} ${v.key.unit}`.trim();
  const bounds = v => (v.key.interval || "none") + (v.key.level ? ` (${v.key.level})` : "");
  one("#dialog tbody").replaceChildren(
    pairLine("Status", a.status, b.status),
    pairLine(same ? a.key.label || "Key number" : "Key number", words(a), words(b), same ? change(a, b) : "none"),
    pairLine("Interval", bounds(a), bounds(b), same ? undefined : "none"),
    pairLine("n", a.key.n || "none", b.key.n || "none", same ? undefined : "none"),
    pairLine("Result hash", a.result || "none", b.result || "none"),
    ...groupLines("Parameters", a.parameters, b.parameters),
    ...groupLines("Inputs, by hash", a.inputs, b.inputs),
    ...groupLines("Software", a.software, b.software));
  one("#dialog-command").textContent = `tme diff ${a.version} ${b.version}`;
  one("#dialog").showModal();
});
one("#close").addEventListener("click", () => one("#dialog").close());
filter();
