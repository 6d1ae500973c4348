// Loads scripts once the browser is at rest; they stay loaded for the pages that need them.

const REST_MS = 2000
const asked = new Set()

function whenIdle(act) {
  if (window.requestIdleCallback) requestIdleCallback(act, { timeout: 5 * REST_MS })
  else setTimeout(act, REST_MS)
}

export default function (component) {
  for (const script of component.data.scripts) {
    if (asked.has(script)) continue
    asked.add(script)
    const address = new URL(script, document.baseURI).href
    // Who needs it and cannot load it says so itself.
    setTimeout(() => whenIdle(() => import(address).catch(() => asked.delete(script))), REST_MS)
  }
}
