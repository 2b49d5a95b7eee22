// On a narrow screen a table of three columns or more is shown row by row, each value after its column's name: see site.css.
for (const table of document.querySelectorAll('.md-typeset table:not([class])')) {
  const names = Array.from(table.querySelectorAll('thead th'), (cell) => cell.textContent.trim())
  if (names.length < 3) continue
  table.dataset.columns = names.length
  for (const row of table.querySelectorAll('tbody tr')) {
    Array.from(row.cells).forEach((cell, at) => {
      if (at > 0 && names[at] !== '') cell.dataset.column = names[at]
    })
  }
}
