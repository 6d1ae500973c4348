// Draws the board, at once after every choice; the server is told, and puts the choice into the address.

const boards = new WeakMap()
const AT_ONCE = 40 // more rows than a screen shows
const REST_MS = 50
const AGAIN_MS = 3000

function draw(board, most = Infinity) {
  const { data, choice, choose } = boards.get(board)
  const found = chosenRows(data, choice)
  drawChoice(board, data, choice)
  drawSaid(board, data, choice, found)
  placeRows(board.querySelector("tbody"), found.shown.slice(0, most), choose)
}

// Tells the server the choice, again while it does not answer: what comes while it draws may get lost. A choice is
// absolute, so that hearing it twice changes nothing.
function tell(board) {
  const { choice, serial, told } = boards.get(board)
  told({ ...choice, serial })
  setTimeout(() => {
    const now = boards.get(board)
    if (board.isConnected && now.serial === serial && now.data.serial < serial) tell(board)
  }, AGAIN_MS)
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const board = parentElement.querySelector(".board")
  board.dataset.dark = String(data.dark)
  board.hidden = !data.rows.length
  board.querySelector("caption").textContent = data.caption
  const before = boards.get(board)
  // What the server sends may have been on its way when the last choice was made here.
  const late = before !== undefined && data.serial < before.serial
  const state = {
    data,
    serial: late ? before.serial : data.serial,
    choice: late ? before.choice : data.choice,
    choose: (id) => setTriggerValue("patient", id),
    told: (choice) => setTriggerValue("choice", choice),
  }
  boards.set(board, state)
  const make = (choice) => {
    state.choice = choice
    state.serial += 1
    // What is in sight first: laying out three hundred rows takes longer than anybody should wait for the top ones.
    draw(board, AT_ONCE)
    requestAnimationFrame(() => setTimeout(() => draw(board), REST_MS))
    tell(board)
  }
  const form = board.querySelector(".choice")
  form.onsubmit = (event) => event.preventDefault()
  form.onchange = () => make(readForm(form))
  board.querySelector(".all").onclick = () => {
    make({ ...state.choice, ...EVERYTHING })
    form.elements.unit.focus()
  }
  draw(board)
}
