// A closer look at a row's last film, without leaving the board: on hover, on keyboard focus, and by a tap on the film.

const TOUCHED = matchMedia("(hover: none)")
const APART_PX = 8
let glanced = null

function watchGlance(tr, row) {
  if (!row.thumbnail) return
  const film = () => tr.querySelector(".film")
  tr.addEventListener("mouseover", (event) => {
    if (!TOUCHED.matches && event.target.closest(".film, .level-cell")) showGlance(tr, row)
    else hideGlance(tr)
  })
  tr.addEventListener("mouseleave", () => hideGlance(tr))
  tr.addEventListener("focusin", () => tr.querySelector("a").matches(":focus-visible") && showGlance(tr, row))
  tr.addEventListener("focusout", () => hideGlance(tr))
  tr.addEventListener("keydown", (event) => event.key === "Escape" && hideGlance(tr))
  tr.addEventListener(
    "click",
    (event) => {
      if (!TOUCHED.matches || !film().contains(event.target)) return
      event.stopImmediatePropagation()
      if (glanceOf(tr).dataset.stay === tr.dataset.stay) hideGlance(tr)
      else showGlance(tr, row)
    },
    { capture: true },
  )
}

function glanceOf(tr) {
  return tr.closest(".board").querySelector(".glance")
}

// Beside the film, and above the lower edge of the window where there is no room below.
function showGlance(tr, row) {
  const glance = glanceOf(tr)
  const film = element("img")
  Object.assign(film, { src: row.thumbnail, alt: "" })
  const words = [`${row.bed}, ${row.name}`, `Last film ${row.last_film}`, `${row.level ?? "no level"} ${row.of}`, row.interval, row.detail]
  glance.replaceChildren(film, ...words.filter(Boolean).map((text) => element("p", "", text)))
  glance.dataset.stay = tr.dataset.stay
  glanced = tr
  glance.hidden = false
  const cell = tr.querySelector(".film").getBoundingClientRect()
  const { width, height } = glance.getBoundingClientRect()
  glance.style.left = `${Math.max(0, Math.min(cell.right + APART_PX, innerWidth - width - APART_PX))}px`
  glance.style.top = `${Math.max(APART_PX, Math.min(cell.top, innerHeight - height - APART_PX))}px`
}

// A row that was drawn anew, or is gone, takes its closer look with it: old values must not stand there.
function dropGlance(board) {
  const glance = board.querySelector(".glance")
  const row = glance.dataset.stay && board.querySelector(`tr[data-stay="${CSS.escape(glance.dataset.stay)}"]`)
  if (!glance.dataset.stay || row === glanced) return
  glance.hidden = true
  delete glance.dataset.stay
}

function hideGlance(tr) {
  const glance = tr.isConnected && glanceOf(tr)
  if (!glance || glance.dataset.stay !== tr.dataset.stay) return
  glance.hidden = true
  delete glance.dataset.stay
}
