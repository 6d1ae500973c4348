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

const TELL_AGAIN_MS = 3000
const TOLD_AT_MOST = 10
let following = null

// Goes where a link leads: `tell` tells the server. What it is told while it draws may get lost, so it is told again
// while the browser stays where it was.
function follow(link, tell) {
  clearTimeout(following)
  const from = location.href
  const component = link.getRootNode().host
  const go = (times) => {
    leavePage(link.href)
    tell()
    const isLost = () => component.isConnected && location.href === from && link.href !== from
    if (times > 1) following = setTimeout(() => isLost() && go(times - 1), TELL_AGAIN_MS)
  }
  go(TOLD_AT_MOST)
}
