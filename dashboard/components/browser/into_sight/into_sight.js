// Scrolls to what is asked for, once for each time that it is asked.

export default function ({ data, parentElement }) {
  if (parentElement.asked === data.asked) return
  parentElement.asked = data.asked
  // After Streamlit has laid the page out.
  setTimeout(() => document.querySelector(`.st-key-${data.key}`)?.scrollIntoView({ block: "center" }), 200)
}
