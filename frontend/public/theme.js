// Runs before the first paint, so that a dark page does not flash white. A file and not an inline script: the CSP allows only 'self'.
;(function () {
  var theme = 'system'
  try {
    theme = JSON.parse(localStorage.getItem('todo.preferences') || '{}').theme || theme
  } catch {
    // Storage may be blocked or hold something else: the system's theme is good enough.
  }
  var dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
