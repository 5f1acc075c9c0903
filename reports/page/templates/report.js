
// Contents: open beside the text, folded above it on a narrow screen; the current section is marked.
const contents = one(".contents");
const narrow = matchMedia("(max-width:64rem)");
const foldContents = () => { contents.open = !narrow.matches; };
narrow.addEventListener("change", foldContents);
foldContents();
contents.addEventListener("click", event => { if (narrow.matches && event.target.closest("a")) contents.open = false; });
const sections = all("main>section");
const entries = new Map(all(".contents a").map(a => [decodeURIComponent(a.hash.slice(1)), a]));
function markSection() {
  const atEnd = innerHeight + scrollY > document.body.scrollHeight - 4 && scrollY > 0;
  const passed = sections.filter(s => s.getBoundingClientRect().top < 150);
  const current = atEnd ? sections.at(-1) : passed.at(-1) || sections[0];
  entries.forEach((a, id) => id === current.id ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
}
addEventListener("scroll", markSection, { passive: true });
markSection();

const codeButton = one("#allcode");
codeButton.addEventListener("click", () => {
  const open = codeButton.getAttribute("aria-pressed") !== "true";
  all("details.code").forEach(d => { d.open = open; });
  codeButton.setAttribute("aria-pressed", open);
  codeButton.textContent = open ? "Hide all code" : "Show all code";
});

// Sorting: by number where a cell starts with one ("< 0.001", "1.20–2.27", "−3"), else by text; words go last.
function sortValue(text) {
  const plain = text.trim().replace(/−/g, "-").replace(/(\d),(?=\d{3})/g, "$1");
  const found = plain.match(/^([<>≤≥~±]?)\s*([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])/i);
  return found ? +found[2] + (found[1] === ">" ? 1e-9 : found[1] === "<" ? -1e-9 : 0) : plain.toLowerCase();
}
function compareValues(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true });
}
function turn(header) {
  const up = header.getAttribute("aria-sort") !== "ascending";
  all("th", header.parentElement).forEach(h => h.removeAttribute("aria-sort"));
  header.setAttribute("aria-sort", up ? "ascending" : "descending");
  return up;
}
function sorted(items, value, up) {
  const keyed = items.map(item => [sortValue(value(item)), item]);
  return keyed.sort((a, b) => (up || typeof a[0] !== typeof b[0] ? 1 : -1) * compareValues(a[0], b[0])).map(pair => pair[1]);
}
all("table.sortable").forEach(table => {
  const data = one("script[type='application/json']", table.closest("figure"));
  const long = data ? pagedTable(table, JSON.parse(data.textContent)) : null;
  all("thead button", table).forEach(button => button.addEventListener("click", () => {
    const header = button.parentElement;
    const column = [...header.parentElement.children].indexOf(header);
    const up = turn(header);
    if (long) return long.sort(column, up);
    table.tBodies[0].append(...sorted([...table.tBodies[0].rows], row => row.cells[column].textContent, up));
  }));
});

// A long table shows fifty rows at a time; search and sort work on all of them.
function pagedTable(table, { rows, flagged }) {
  const figure = table.closest("figure"), body = table.tBodies[0], size = 50;
  const classes = [...table.tHead.rows[0].cells].map(cell => cell.className);
  const marked = new Set(flagged);
  const search = one("input", figure), count = one(".count", figure), [back, next] = all("[data-page]", figure);
  let order = rows.map((row, i) => i), shown = order, first = 0;
  function rowElement(i) {
    const tr = document.createElement("tr");
    if (marked.has(i)) tr.className = "flagged";
    rows[i].forEach((text, c) => {
      const cell = document.createElement(c ? "td" : "th");
      if (!c) cell.scope = "row";
      cell.className = classes[c];
      cell.textContent = text;
      tr.append(cell);
    });
    return tr;
  }
  function show() {
    body.replaceChildren(...shown.slice(first, first + size).map(rowElement));
    const last = Math.min(first + size, shown.length);
    count.textContent = shown.length ? `rows ${first + 1} to ${last} of ${shown.length.toLocaleString("en")}` : "no row matches";
    back.disabled = first === 0;
    next.disabled = last === shown.length;
  }
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = words.length ? order.filter(i => { const text = rows[i].join(" ").toLowerCase(); return words.every(w => text.includes(w)); }) : order;
    first = 0;
    show();
  }
  search.addEventListener("input", filter);
  [back, next].forEach(b => b.addEventListener("click", () => { first += +b.dataset.page * size; show(); }));
  show();
  return { sort(column, up) { order = sorted(order, i => rows[i][column], up); filter(); } };
}

// Saving a figure: one light SVG on white, panels joined, whatever the screen shows.
function joinPictures(figure) {
  const space = 16, edge = 10, name = "http://www.w3.org/2000/svg";
  const parts = all("svg", figure), columns = +(figure.dataset.columns || 1);
  const sizes = parts.map(svg => svg.viewBox.baseVal);
  const cellWidth = Math.max(...sizes.map(s => s.width)), cellHeight = Math.max(...sizes.map(s => s.height));
  const across = Math.min(columns, parts.length), down = Math.ceil(parts.length / across);
  const width = across * (cellWidth + space) - space + 2 * edge, height = down * (cellHeight + space) - space + 2 * edge;
  const joined = document.createElementNS(name, "svg");
  Object.entries({ viewBox: `0 0 ${width} ${height}`, width: width + "pt", height: height + "pt" }).forEach(([k, v]) => joined.setAttribute(k, v));
  const paper = document.createElementNS(name, "rect");
  Object.entries({ width, height, fill: "#fff" }).forEach(([k, v]) => paper.setAttribute(k, v));
  joined.append(paper);
  parts.forEach((svg, i) => {
    const copy = svg.cloneNode(true);
    copy.setAttribute("x", edge + (i % across) * (cellWidth + space));
    copy.setAttribute("y", edge + Math.floor(i / across) * (cellHeight + space));
    copy.setAttribute("width", sizes[i].width);
    copy.setAttribute("height", sizes[i].height);
    joined.append(copy);
  });
  const text = new XMLSerializer().serializeToString(joined).replace(/var\(--[\w-]+,\s*(#[0-9a-f]+)\)/gi, "$1");
  return { text, width, height };
}
function saveFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 3000);
}
all("[data-save]").forEach(button => button.addEventListener("click", () => {
  const { text, width, height } = joinPictures(button.closest("figure"));
  const name = `${button.dataset.name}.${button.dataset.save}`;
  if (button.dataset.save === "svg") return saveFile(new Blob([text], { type: "image/svg+xml" }), name);
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width * 3;
    canvas.height = height * 3;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => saveFile(blob, name));
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
}));

const say = one("#say");
all("[data-copy]").forEach(button => button.addEventListener("click", async () => {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = say.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; say.textContent = ""; }, 1500);
  } catch { getSelection().selectAllChildren(source); }
}));
// Frames with outputs of the notebook's own: they say how high they are, and are heard in nothing else.
addEventListener("message", event => {
  const frame = all("iframe.output").find(f => f.contentWindow === event.source);
  const height = Number(event.data && event.data.height);
  if (frame && height > 0) frame.style.height = Math.min(Math.ceil(height) + 2, 1200) + "px";
});
function askHeights(times) {
  const silent = all("iframe.output").filter(f => !f.style.height);
  silent.forEach(f => f.contentWindow.postMessage("height", "*"));
  if (silent.length && times) setTimeout(askHeights, 250, times - 1); // one out of sight may not know it yet
}
askHeights(40);

addEventListener("beforeprint", () => all("details.result").forEach(d => { d.open = true; }));
