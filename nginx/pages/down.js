// Asks whether the server is back, and loads the page that was asked for when it is.
const asking = setInterval(async () => {
  const ready = await fetch('/health/ready', { cache: 'no-store' }).then((answer) => answer.ok, () => false)
  if (!ready) return
  // A page that is slow to load is not to be asked for once more.
  clearInterval(asking)
  document.getElementById('status').hidden = false
  location.reload()
}, 3000)
