// Asks while somebody types, and goes to the patient who is chosen. Every text is set as text, never as markup.

const PAUSE_MS = 150
const ASK_AGAIN_MS = 3000
const EDITED = "input, textarea, select, [contenteditable], [contenteditable] *"

let hearing = null

// A "/" that is typed into a field stays text.
function opens(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) return event.key.toLowerCase() === "k"
  return event.key === "/" && !event.ctrlKey && !event.metaKey && !event.composedPath()[0].matches?.(EDITED)
}

class Search {
  constructor(root) {
    this.root = root
    this.dialog = root.querySelector("dialog")
    this.input = root.querySelector("input")
    this.list = root.querySelector(".found")
    this.said = root.querySelector(".said")
    root.querySelector(".open").addEventListener("click", () => this.open())
    root.querySelector(".close").addEventListener("click", () => this.dialog.close())
    this.input.addEventListener("input", () => this.typed())
    // The page has keys of its own: none of them is meant here.
    for (const kind of ["keydown", "keyup", "keypress"]) this.dialog.addEventListener(kind, (event) => event.stopPropagation())
    this.dialog.addEventListener("keydown", (event) => this.key(event))
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close())
    this.dialog.addEventListener("close", () => clearTimeout(this.asking))
  }

  open() {
    if (this.dialog.open) return
    this.input.value = ""
    this.show({ found: [], said: "" })
    this.dialog.showModal()
    this.input.focus()
  }

  typed() {
    clearTimeout(this.asking)
    this.choose(null)
    this.asking = setTimeout(() => this.ask(), PAUSE_MS)
    if (!this.input.value.trim()) this.show({ found: [], said: "" })
  }

  // What the server is told while it draws may get lost.
  ask() {
    const text = this.input.value
    if (!text.trim() || !this.dialog.open) return
    this.tell("typed", text)
    this.asking = setTimeout(() => this.ask(), ASK_AGAIN_MS)
  }

  answer(data) {
    if (!this.dialog.open || !data.asked || data.asked !== this.input.value) return
    clearTimeout(this.asking)
    this.show(data)
  }

  show({ found, said }) {
    this.said.textContent = said
    this.list.replaceChildren(...found.map((one) => this.line(one)))
    this.input.setAttribute("aria-expanded", String(found.length > 0))
    this.choose(this.list.firstElementChild)
  }

  line(one) {
    const link = element("a")
    link.href = one.href
    link.id = `lungline-found-${one.id}`
    link.role = "option"
    link.tabIndex = -1
    for (const part of ["name", "number", "place", "film"]) {
      const said = element("span", part, one[part])
      said.dir = "auto"
      link.append(said)
    }
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return
      event.preventDefault()
      this.go(link, one.id)
    })
    return link
  }

  go(link, id) {
    this.dialog.close()
    follow(link, () => this.tell("patient", id))
  }

  choose(link) {
    for (const one of this.list.children) one.setAttribute("aria-selected", String(one === link))
    this.chosen = link
    if (link) this.input.setAttribute("aria-activedescendant", link.id)
    else this.input.removeAttribute("aria-activedescendant")
    link?.scrollIntoView({ block: "nearest" })
  }

  key(event) {
    const lines = [...this.list.children]
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && lines.length) {
      event.preventDefault()
      this.choose(lines[(lines.indexOf(this.chosen) + step + lines.length) % lines.length])
    } else if (event.key === "Enter" && event.target === this.input && this.chosen) {
      event.preventDefault()
      this.chosen.click()
    } else if (opens(event)) event.preventDefault()
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".search")
  const search = (root.search ??= new Search(root))
  search.tell = (what, value) => setTriggerValue(what, value)
  root.dataset.dark = String(data.dark)
  root.querySelector("label").textContent = data.label
  search.answer(data)
  hearing?.abort()
  const heard = (hearing = new AbortController())
  const hear = (event) => {
    if (event.isComposing || !opens(event) || search.dialog.open) return
    event.preventDefault()
    event.stopPropagation()
    search.open()
  }
  document.addEventListener("keydown", hear, { capture: true, signal: heard.signal })
  return () => heard.abort()
}
