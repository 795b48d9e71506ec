// Checks whether the server is back, and then loads the requested page.
const asking = setInterval(async () => {
  const ready = await fetch('/health/ready', { cache: 'no-store' }).then((answer) => answer.ok, () => false)
  if (!ready) return
  // Do not reload again while the page is loading slowly.
  clearInterval(asking)
  document.getElementById('status').hidden = false
  location.reload()
}, 3000)
