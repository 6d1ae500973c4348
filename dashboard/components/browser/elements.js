// Makes elements. Every text is set as text, never as markup.

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

// On its way to another page Streamlit first puts that page's parameters behind the address of this one: a step back
// would end there, at a page that has lost its own. That one entry is left out.
const LEAVING_MS = 10000

function leavePage(href) {
  if (new URL(href, location.href).pathname === location.pathname) return
  history.pushState = function (state, unused, url) {
    delete history.pushState
    if (new URL(url ?? "", location.href).pathname !== location.pathname) history.pushState(state, unused, url)
  }
  setTimeout(() => delete history.pushState, LEAVING_MS)
}
