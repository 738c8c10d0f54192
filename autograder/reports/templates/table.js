"use strict";
// Sort the table by a click on a column's head; show only the rows that hold what is searched for.
const table = document.querySelector("table");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const textOf = (row, column) => row.cells[column].textContent.trim();
// What stands in a cell, or what it stands for; a question mark is below every number.
const numberOf = (row, column) => {
  const value = Number(row.cells[column].dataset.value ?? textOf(row, column));
  return Number.isNaN(value) ? -1 : value;
};

function sortBy(column) {
  const head = heads[column];
  const numeric = head.classList.contains("number");
  const before = head.getAttribute("aria-sort");
  const descending = before ? before === "ascending" : numeric;
  for (const other of heads) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const compare = (a, b) => numeric
    ? numberOf(a, column) - numberOf(b, column)
    : textOf(a, column).localeCompare(textOf(b, column), undefined, {numeric: true});
  rows.sort((a, b) => descending ? compare(b, a) : compare(a, b));
  body.append(...rows);
}

heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => sortBy(column));
  head.replaceChildren(button);
});

const search = document.querySelector(".search");
const [input, found] = search.children;
search.hidden = false;
input.addEventListener("input", () => {
  const wanted = input.value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const row of rows) {
    const text = row.cells[0].textContent + " " + row.querySelector(".status").parentElement.textContent;
    row.hidden = !text.toLocaleLowerCase().includes(wanted);
    shown += !row.hidden;
  }
  found.textContent = wanted ? `${shown} of ${rows.length}` : "";
});
