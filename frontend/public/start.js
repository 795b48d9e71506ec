// When the page cannot start there is nothing to say so with but this: the server's HTML has the words, hidden, in every language.
// A file and not an inline script: the CSP allows only 'self'.
;(function () {
  function isEmpty() {
    var app = document.getElementById('app')
    return !app || !app.firstElementChild
  }
  function show() {
    var words = document.getElementById('start-failed')
    if (!words || !isEmpty()) return
    words.hidden = false
    document.getElementById('start-again').addEventListener('click', function () {
      location.reload()
    })
  }
  // A script or style of the page itself that does not come; `todo:start-failed` is what the script says of itself.
  function onError(event) {
    if (event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement) {
      if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', show)
      else show()
    }
  }
  window.addEventListener('error', onError, true)
  window.addEventListener('todo:started', function () {
    window.removeEventListener('error', onError, true)
  })
  window.addEventListener('todo:start-failed', show)
})()
