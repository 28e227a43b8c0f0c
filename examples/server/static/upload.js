// Shows how far the files of a form have come. Without this script the browser sends the form by itself, and everything else is the same.
addEventListener("submit", (event) => {
  const form = event.target
  const { failed, upload } = form.dataset
  const chosen = [...form.querySelectorAll("input[type=file]")].some((field) => field.files.length > 0)
  // where several forms of a page have files, this script is there as many times
  if (upload === undefined || !chosen || event.defaultPrevented) return
  event.preventDefault()

  const state = document.createElement("div")
  state.className = "upload"
  const said = document.createElement("p")
  // whoever does not see the bar is told, but not at every step
  said.setAttribute("aria-live", "polite")
  const bar = document.createElement("progress")
  bar.max = 100
  bar.setAttribute("aria-label", upload)
  state.append(said, bar)
  form.querySelector(".upload")?.remove()
  form.append(state)
  said.textContent = `${upload} …`

  const data = new FormData(form, event.submitter)
  const buttons = [...form.querySelectorAll("button")]
  const allow = (allowed) => {
    for (const button of buttons) button.disabled = !allowed
  }
  allow(false)

  const request = new XMLHttpRequest()
  request.open("POST", form.action)
  // the portal then says where to go on, and the browser goes there as after any other form
  request.setRequestHeader("upload", "watched")
  request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
    if (!lengthComputable) return
    const percent = Math.floor((100 * loaded) / total)
    bar.value = percent
    said.textContent = `${upload} … ${percent - (percent % 10)} %`
  })
  const fail = () => {
    bar.remove()
    said.className = "field-error"
    said.textContent = failed
    allow(true)
  }
  request.addEventListener("load", () => {
    // the whole form was refused for its size: what was entered stays where it is
    if (request.status === 413) {
      fail()
      return
    }
    const location = request.getResponseHeader("location")
    if (location !== null) {
      window.location.assign(location)
      return
    }
    document.open()
    document.write(request.responseText)
    document.close()
  })
  request.addEventListener("error", fail)
  // who comes back to this page can send the form again
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return
    state.remove()
    allow(true)
  })
  request.send(data)
})
