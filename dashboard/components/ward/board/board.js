// Draws the board, at once after every choice; the server is told, and puts the choice into the address.

const boards = new WeakMap()
const AT_ONCE = 40 // more rows than a screen shows
const REST_MS = 50

function draw(board, most = Infinity) {
  const { data, choice, choose } = boards.get(board)
  const found = chosenRows(data, choice)
  drawChoice(board, data, choice)
  drawSaid(board, data, choice, found)
  placeRows(board.querySelector("tbody"), found.shown, most, data.patient_page, choose)
  dropGlance(board)
}

// Laying out three hundred rows takes longer than anybody should wait for the top ones.
function drawInSightFirst(board, then = () => {}) {
  draw(board, AT_ONCE)
  requestAnimationFrame(() => setTimeout(() => (draw(board), then()), REST_MS))
}

// Tells the server the choice, again while it does not answer: what comes while it draws may get lost. A choice is
// absolute, so that hearing it twice changes nothing.
function tell(board) {
  const { choice, serial, told } = boards.get(board)
  told({ ...choice, serial })
  setTimeout(() => {
    const now = boards.get(board)
    if (board.isConnected && now.serial === serial && now.data.serial < serial) tell(board)
  }, TELL_AGAIN_MS)
}

// The rows come as text; the same text stays the same rows, of which nothing is drawn anew.
function withRows(sent, before) {
  if (before?.sent === sent.rows) return { ...sent, rows: before.data.rows }
  return { ...sent, rows: JSON.parse(sent.rows) }
}

// On paper stands when it was printed and what of the ward.
function sayPrinted(board) {
  const when = new Date().toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })
  board.querySelector(".printed").textContent = `Ward board, printed ${when}: ${chosenText(board.querySelector(".choice"))}`
}

// All beds of the chosen unit: no other choice holds on the wall.
function wallAddress(unit) {
  const names = new URLSearchParams(location.search).get("names")
  return `/?${new URLSearchParams({ wall: "1", ...(unit && { unit }), ...(names && { names }) })}`
}

export default function (component) {
  const { parentElement, setTriggerValue } = component
  const board = parentElement.querySelector(".board")
  const before = boards.get(board)
  const sent = component.data.rows
  const data = withRows(component.data, before)
  board.dataset.dark = String(data.dark)
  board.hidden = !data.rows.length
  board.querySelector("caption").textContent = data.caption
  // What the server sends may have been on its way when the last choice was made here.
  const late = before !== undefined && data.serial < before.serial
  const state = {
    data,
    sent,
    serial: late ? before.serial : data.serial,
    choice: late ? before.choice : data.choice,
    choose: (id, link) => (leave(board, id), follow(link, () => setTriggerValue("patient", id))),
    told: (choice) => setTriggerValue("choice", choice),
  }
  boards.set(board, state)
  const make = (choice) => {
    state.choice = choice
    state.serial += 1
    tell(board)
    drawInSightFirst(board)
  }
  const wall = board.querySelector(".wall-link")
  wall.href = wallAddress(state.choice.unit)
  wall.onclick = () => (wall.href = wallAddress(state.choice.unit))
  const form = board.querySelector(".choice")
  form.onsubmit = (event) => event.preventDefault()
  form.onchange = () => make(readForm(form))
  board.querySelector(".all").onclick = () => {
    make({ ...state.choice, ...EVERYTHING })
    const first = board.querySelector(".choose").open ? form.elements.unit : board.querySelector(".choose summary")
    first.focus()
  }
  if (!before) {
    foldOnTelephones(board)
    const print = () => (board.isConnected ? sayPrinted(board) : removeEventListener("beforeprint", print))
    addEventListener("beforeprint", print)
  }
  drawInSightFirst(board, () => before || comeBack(board))
}
