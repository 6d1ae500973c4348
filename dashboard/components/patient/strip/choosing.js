// Which film is chosen: one choice, shared by the strip and the large film, made at once and told to the server later.

const CHOSEN = "lungline-film-chosen"
const TELL_AFTER_MS = 400

// One for the page: both components are on it, and a new page begins anew.
const choosing = (window.lunglineChoosing ??= { film: null, serial: 0, telling: null })

// What the server has drawn of the film before must not be pressed for the new one: corrections, "Why?", the comparison.
const OF_THE_FILM = ".st-key-next-to-film, .st-key-of-the-film"

function holdWhatIsOld() {
  for (const node of document.querySelectorAll(OF_THE_FILM)) node.inert = choosing.film !== choosing.drawn
}

function chooseFilm(id, tell) {
  if (choosing.film === id) return
  choosing.film = id
  choosing.serial += 1
  holdWhatIsOld()
  document.dispatchEvent(new CustomEvent(CHOSEN))
  // While keys are pressed one after the other the server is left alone.
  clearTimeout(choosing.telling)
  choosing.telling = setTimeout(() => tellChoice(id, tell), TELL_AFTER_MS)
}

// What the server is told while it draws may get lost: it is told again until it answers.
function tellChoice(id, tell) {
  if (choosing.film !== id || choosing.heard >= choosing.serial) return
  tell({ film: id, serial: choosing.serial })
  choosing.telling = setTimeout(() => tellChoice(id, tell), TELL_AGAIN_MS)
}

// What the server sends may have been on its way when the last choice was made here.
function adoptFilm({ selected, serial }, ids) {
  Object.assign(choosing, { drawn: selected, heard: serial })
  const isOther = !ids.includes(choosing.film)
  if (isOther || serial >= choosing.serial) {
    choosing.serial = Math.max(serial, isOther ? 0 : choosing.serial)
    choosing.film = selected
    document.dispatchEvent(new CustomEvent(CHOSEN))
  }
  holdWhatIsOld()
}

// Calls while the element is on the page.
function onChosen(node, call) {
  const hear = () => (node.isConnected ? call() : document.removeEventListener(CHOSEN, hear))
  document.addEventListener(CHOSEN, hear)
}
