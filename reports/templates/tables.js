// Tables that sort and download, a switch between light and dark, and numbers that open for print.
// Works on what stands in the page; without it the page reads the same. A number's unrounded value
// stands in data-v, a range as `value low high`.
(() => {
"use strict";
const make = (tag, name, text) => Object.assign(document.createElement(tag), {className: name, textContent: text});

const said = cell => [...cell.childNodes].map(node => node.textContent).join(" ").replace(/\s+/g, " ").trim();
const numbers = cell => "v" in cell.dataset ? cell.dataset.v.split(" ") : null;
const isEmpty = cell => !numbers(cell) && ["", "–"].includes(said(cell));

// The head cells above each column, from top to bottom, through rows and columns that they span.
function heads(table) {
  const rows = [...table.tHead.rows], columns = [];
  rows.forEach((row, y) => {
    let x = 0;
    for (const cell of row.cells) {
      while (columns[x]?.[y]) x++;
      for (let dx = 0; dx < cell.colSpan; dx++, x++)
        for (let dy = 0; dy < cell.rowSpan; dy++) (columns[x] ??= [])[y + dy] = cell;
    }
  });
  return columns.map(cells => [...new Set(cells)]);
}

const order = new Intl.Collator("en", {numeric: true}).compare;

function compared(a, b) {
  const [x, y] = [numbers(a), numbers(b)];
  return x && y ? Number(x[0]) - Number(y[0]) : order(said(a), said(b));
}

// Within each part of the table: its heading stays on top, its sum at the bottom, gaps above the sum.
function sort(table, column, sign) {
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter(row => !row.matches(".head,.sum"));
    const at = row => row.cells[column];
    rows.sort((a, b) => isEmpty(at(a)) - isEmpty(at(b)) || (isEmpty(at(a)) ? 0 : sign * compared(at(a), at(b))));
    body.append(...rows, ...body.querySelectorAll("tr.sum"));
  }
}

function sortable(table) {
  const leaves = heads(table).map(cells => cells.at(-1));
  leaves.forEach((head, column) => {
    if (head.matches(".bar")) return;
    const button = make("button", "sort", "");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      leaves.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      sort(table, column, isUp ? 1 : -1);
    });
  });
}

// A text that a spreadsheet would run gets an apostrophe; numbers never do.
function quoted(text, isNumber) {
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

function csv(table) {
  const rows = [...table.tBodies].flatMap(body => [...body.rows].filter(row => !row.matches(".head")));
  const group = table.dataset.group;
  const lines = [group ? [quoted(group, false)] : []];
  const named = row => row.parentNode.querySelector("tr.head th");
  for (const row of rows) lines.push(group ? [quoted(named(row) ? said(named(row)) : "", false)] : []);
  heads(table).forEach((cells, column) => {
    if (cells.at(-1).matches(".bar")) return;
    const title = cells.map(said).join(" ");
    const found = rows.map(row => row.cells[column]);
    const width = Math.max(1, ...found.map(cell => numbers(cell)?.length ?? 1));
    const parts = cells.at(-1).dataset.parts?.split("|") ?? [""];
    for (const part of parts.slice(0, width)) lines[0].push(quoted(`${title} ${part}`.trim(), false));
    found.forEach((cell, n) => {
      const own = numbers(cell) ?? [isEmpty(cell) ? "" : said(cell)];
      for (let k = 0; k < width; k++) lines[n + 1].push(quoted(own[k] ?? "", numbers(cell) !== null));
    });
  });
  return lines.map(line => line.join(",") + "\r\n").join("");
}

function downloadable(table) {
  const button = make("button", "csv", "Download CSV");
  button.type = "button";
  const title = table.caption.dataset.name ?? said(table.caption);
  button.setAttribute("aria-label", `Download CSV: ${title}`);
  button.addEventListener("click", () => {
    const link = make("a", "", "");
    link.href = URL.createObjectURL(new Blob(["\ufeff", csv(table)], {type: "text/csv"}));
    link.download = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  (table.closest(".box") ?? table).after(button);
}

for (const table of document.querySelectorAll("main table:not(.bare)")) {
  if (!table.matches(".still")) sortable(table);
  downloadable(table);
}

const root = document.documentElement;
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
const theme = make("button", "theme", "Light / dark");
theme.type = "button";
theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; });
document.querySelector("header.top .wrap").append(theme);

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
})();
