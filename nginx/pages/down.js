// Asks whether the server is back, and loads the page that was asked for when it is.
setInterval(async () => {
  const ready = await fetch('/health/ready', { cache: 'no-store' }).then((answer) => answer.ok, () => false)
  if (!ready) return
  document.getElementById('status').hidden = false
  location.reload()
}, 3000)
