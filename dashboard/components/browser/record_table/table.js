// Draws rows to choose from. Every text is set as text, never as markup.

function drawCell(cell, label, link) {
  const td = element("td", cell.tone)
  td.dataset.label = label
  const main = link ?? element("span")
  main.textContent = cell.text
  main.dir = "auto"
  if (cell.strong) main.classList.add("strong")
  td.append(main)
  for (const line of cell.small) {
    const small = element("span", "small", line)
    small.dir = "auto"
    td.append(small)
  }
  return td
}

function drawPicture(url) {
  const picture = element("img", "thumbnail")
  picture.loading = "lazy"
  picture.alt = ""
  picture.src = url
  // A film that cannot be read has none; its reason stands beside.
  picture.addEventListener("error", () => picture.classList.add("none"))
  return picture
}

// Up and down go from row to row.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const link = event.target.closest?.("a[data-record]")
  if (!step || !link) return
  const links = [...event.currentTarget.querySelectorAll("a[data-record]")]
  const next = links[links.indexOf(link) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}

function drawRow(row, columns, choose) {
  const tr = element("tr", row.href ? "choosable" : "")
  let link = null
  if (row.href) {
    link = element("a")
    link.href = row.href
    link.dataset.record = row.record_id
    if (row.current) {
      link.setAttribute("aria-current", "true")
      tr.classList.add("current")
    }
    tr.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return
      event.preventDefault()
      follow(link, () => choose(row.record_id))
    })
  }
  tr.append(...row.cells.map((cell, i) => drawCell(cell, columns[i], i === 0 ? link : null)))
  if (row.picture) tr.firstChild.prepend(drawPicture(row.picture))
  return tr
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const table = parentElement.querySelector(".records")
  const focused = table.getRootNode().activeElement?.dataset?.record
  table.dataset.dark = String(data.dark)
  table.querySelector("caption").textContent = data.caption
  const heads = element("tr")
  for (const column of data.columns) {
    const th = element("th", "", column)
    th.scope = "col"
    heads.append(th)
  }
  table.querySelector("thead").replaceChildren(heads)
  const choose = (id) => setTriggerValue("chosen", id)
  const body = table.querySelector("tbody")
  body.onkeydown = walk
  body.replaceChildren(...data.rows.map((row) => drawRow(row, data.columns, choose)))
  if (focused) body.querySelector(`a[data-record="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
}
