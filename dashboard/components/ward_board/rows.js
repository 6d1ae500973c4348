// Draws the ward's rows. Every text is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg"
const WIDTH = 150
const HEIGHT = 36

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

function shape(tag, className, attributes) {
  const node = document.createElementNS(SVG, tag)
  if (className) node.setAttribute("class", className)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  return node
}

function mark(kind, x, y) {
  const corners = {
    rise: `${x - 5},${y + 4} ${x + 5},${y + 4} ${x},${y - 5}`,
    drop: `${x - 5},${y - 4} ${x + 5},${y - 4} ${x},${y + 5}`,
    look: `${x},${y - 5} ${x + 5},${y} ${x},${y + 5} ${x - 5},${y}`,
  }[kind]
  return shape("polygon", `spark-mark ${kind}`, { points: corners })
}

function sparkline(course) {
  const svg = shape("svg", "", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img" })
  svg.setAttribute("aria-label", course.text)
  for (const y of [1, HEIGHT - 1]) svg.append(shape("line", "spark-frame", { x1: 0, x2: WIDTH, y1: y, y2: y }))
  const points = course.points.map((p) => ({ ...p, x: 6 + p.at * (WIDTH - 12), y: HEIGHT - 2 - p.share * (HEIGHT - 4) }))
  points.slice(1).forEach((p, i) => {
    const q = points[i]
    svg.append(shape("line", p.apart ? "spark-line spark-apart" : "spark-line", { x1: q.x, y1: q.y, x2: p.x, y2: p.y }))
  })
  points.forEach((p, i) => {
    if (p.flag) svg.append(mark(p.flag, p.x, p.y))
    else svg.append(shape("circle", "spark-dot", { cx: p.x, cy: p.y, r: i === points.length - 1 ? 3.2 : 1.6 }))
  })
  return svg
}

function cell(className, ...nodes) {
  const td = element("td", className)
  td.append(...nodes.filter(Boolean))
  return td
}

function small(text, className) {
  return text ? element("span", className ? `small ${className}` : "small", text) : null
}

function drawRow(row, choose) {
  const tr = element("tr", row.tone ? `flagged ${row.tone}` : "")
  const link = element("a", "", row.name)
  link.dir = "auto"
  link.href = row.href
  link.dataset.patient = row.patient_id
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    choose(row.patient_id)
  }
  link.addEventListener("click", open)
  tr.addEventListener("click", open)
  const level = element("span", "level")
  if (row.level) {
    level.append(element("b", "", row.level))
    level.append(element("span", "", ` ${row.of}`))
  } else level.append(element("span", "small", "no level"))
  const flags = row.flags.map((flag) => element("span", `flag ${flag.tone}`, flag.text))
  tr.append(
    cell("bed", element("span", "", row.bed), small(row.unit)),
    cell("who", link, small(row.identifier), small(row.unseen, "unseen")),
    cell("course", row.course.points.length ? sparkline(row.course) : element("span", "small", row.course.text)),
    cell("level-cell", level, small(row.interval), small(row.lungs), small(row.share), small(row.saturation)),
    cell("change", element("span", `verdict ${row.verdict.tone}`, row.verdict.text), small(row.change)),
    cell("ventilation", element("span", "", row.ventilation.text), small(row.ventilation.note)),
    cell("flags", ...flags),
    cell("last", element("span", row.stale ? "warning" : "", row.last_film), ...row.remarks.map((r) => small(r))),
  )
  return tr
}

// Puts the rows into the table; one that says what it said before keeps its place, and with it focus and scroll.
function placeRows(body, rows, choose) {
  const focused = body.getRootNode().activeElement
  const from = [...body.children].findIndex((tr) => tr.contains(focused))
  const known = new Map([...body.children].map((tr) => [tr.dataset.shown, tr]))
  const shown = rows.map((row) => {
    const said = JSON.stringify(row)
    const tr = known.get(said) ?? drawRow(row, choose)
    tr.dataset.shown = said
    return tr
  })
  const kept = new Set(shown)
  for (const tr of [...body.children]) if (!kept.has(tr)) tr.remove()
  shown.forEach((tr, place) => {
    if (body.children[place] !== tr) body.insertBefore(tr, body.children[place] ?? null)
  })
  if (from < 0 || body.contains(body.getRootNode().activeElement)) return
  // The row that had the focus was drawn anew, or is gone: then its neighbour has it, so that nobody starts at the top.
  const patient = focused.dataset.patient
  const again = body.querySelector(`a[data-patient="${CSS.escape(patient)}"]`)
  const next = again ?? body.children[Math.min(from, body.children.length - 1)]?.querySelector("a")
  next?.focus({ preventScroll: Boolean(again) })
}
