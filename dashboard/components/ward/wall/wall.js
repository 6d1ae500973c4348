// Draws the wall: pages of beds that turn by themselves, the clock, and how old the data are. Every text is set as text.

const MOST_BEDS = 24
const PAGE_MS = 15_000
const OLD_AFTER_S = 30
const TICK_MS = 1000
const FEW = [[4, 2], [15, 3]] // up to so many beds, so many columns
const COLUMNS = 4
const walls = new WeakMap()

function isRising(row) {
  return row.flags.some((flag) => flag.open && flag.tone === "rise")
}

function drawBed(row, manyUnits) {
  const overdue = row.flags.find((flag) => flag.overdue)
  const tone = isRising(row) ? "rise" : row.tone
  const tile = element("li", ["bed-tile", tone && `flagged ${tone}`, overdue && "overdue"].filter(Boolean).join(" "))
  const top = element("div", "top")
  const name = element("span", "name", row.name)
  name.dir = "auto"
  const where = manyUnits ? [element("span", "quiet", row.unit)] : []
  top.append(element("span", "bed", row.bed), ...where, name, element("span", "level", row.level ?? "–"), element("span", "quiet", row.level ? row.of : "no level"))
  const verdict = element("div", `verdict ${row.verdict.tone}`, row.verdict.text)
  if (row.verdict.beside) verdict.append(element("span", "quiet", ` ${row.verdict.beside}`))
  const foot = element("div", "foot")
  if (row.course.at.length) foot.append(sparkline(row.course))
  const said = overdue ? element("span", "flag", overdue.note) : flagOf(row)
  if (said) foot.append(said)
  foot.append(element("span", row.stale ? "warning" : "quiet", row.level ? `film ${row.last_film}` : row.last_film))
  // Doubts, refused films, films of another person, each whole; ventilation and an end of the scale where they are known.
  const told = [row.ventilation, row.saturation, ...row.remarks].filter(Boolean)
  const beside = told.length ? element("div", row.remarks.length ? "remarks warning" : "remarks quiet", told.join(" · ")) : null
  tile.append(...[top, verdict, beside, foot].filter(Boolean))
  return tile
}

// The verdict is that of the newest film; a flag of an earlier one says so.
function flagOf(row) {
  const open = row.flags.filter((one) => one.open)
  const flag = open.find((one) => one.tone === "rise") ?? open[0] ?? row.flags[0]
  return flag && element("span", `flag ${flag.tone}`, [`Flag: ${flag.text}`, flag.note].filter(Boolean).join(", "))
}

function drawPage(wall) {
  const state = walls.get(wall)
  const pages = Math.max(1, Math.ceil(state.rows.length / MOST_BEDS))
  state.page %= pages
  const from = state.page * MOST_BEDS
  const shown = state.rows.slice(from, from + MOST_BEDS)
  const columns = FEW.find(([most]) => state.rows.length <= most)?.[1] ?? COLUMNS
  const beds = wall.querySelector(".beds")
  beds.style.setProperty("--columns", columns)
  beds.style.gridTemplateRows = `repeat(${Math.ceil(Math.min(state.rows.length, MOST_BEDS) / columns)}, minmax(0, 1fr))`
  beds.replaceChildren(...shown.map((row) => drawBed(row, new Set(state.rows.map((one) => one.unit)).size > 1)))
  wall.querySelector(".page").textContent = pages > 1 ? `page ${state.page + 1} of ${pages}` : ""
  // A large rise is named on every page.
  const elsewhere = state.rows.filter((row) => isRising(row) && !shown.includes(row)).map((row) => `${row.unit} ${row.bed}`)
  const text = elsewhere.length ? `▲ Large rise on another page: ${elsewhere.join(", ")}` : ""
  const node = wall.querySelector(".elsewhere")
  if (node.textContent !== text) node.textContent = text
}

function clockText(zone, at) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at)
}

// The server's clock, carried on by the browser's: a wall whose own clock is wrong still tells the right time.
function tick(wall) {
  const state = walls.get(wall)
  if (!wall.isConnected) return clearInterval(state.ticking)
  // A machine that slept counts by the one clock and not by the other.
  const since = Math.max(performance.now() - state.came, Date.now() - state.cameAt)
  const { moment, zone } = state.data
  wall.querySelector(".clock").textContent = clockText(zone, moment + since)
  wall.querySelector(".age").textContent = `as of ${clockText(zone, moment)}`
  const old = wall.querySelector(".old")
  const isOld = since > OLD_AFTER_S * 1000
  if (isOld) old.textContent = `No news for ${Math.floor(since / 1000)} s: what is shown is of ${clockText(zone, moment)}. Check the network and load the page again.`
  old.hidden = !isOld
  if (performance.now() - state.turned > PAGE_MS) {
    state.turned = performance.now()
    state.page += 1
    drawPage(wall)
  }
}

// What stands above the wall (intended use, trouble with scoring) may take more or fewer lines.
function fit(wall) {
  wall.style.setProperty("--above", `${Math.round(wall.getBoundingClientRect().top + document.querySelector('[data-testid="stMain"]').scrollTop) + 8}px`)
}

export default function (component) {
  const { parentElement, data } = component
  const wall = parentElement.querySelector(".wall")
  const before = walls.get(wall)
  const state = before ?? { page: 0, turned: performance.now() }
  const isNew = state.data?.rows !== data.rows
  // The same moment told again is no news.
  if (state.data?.moment !== data.moment) Object.assign(state, { came: performance.now(), cameAt: Date.now() })
  state.data = data
  walls.set(wall, state)
  wall.dataset.dark = String(data.dark)
  wall.querySelector(".unit").textContent = data.unit
  wall.querySelector(".empty").textContent = data.empty
  const leave = wall.querySelector(".leave")
  leave.href = data.leave
  if (isNew) {
    state.rows = JSON.parse(data.rows)
    drawPage(wall)
  }
  fit(wall)
  if (!before) {
    state.ticking = setInterval(() => (fit(wall), tick(wall)), TICK_MS)
    document.addEventListener("keydown", function leaveByKey(event) {
      if (!wall.isConnected) document.removeEventListener("keydown", leaveByKey)
      else if (event.key === "Escape") leave.click()
    })
  }
  tick(wall)
}
