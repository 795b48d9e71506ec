#!/usr/bin/env bash
# In the development container: installs the packages when package-lock.json has changed, and runs Vite.
set -euo pipefail
cd "$(dirname "$0")/.."

installed=node_modules/.installed-lock
vite=''

lock_state() { cksum <package-lock.json; }
stop() {
  [[ -z $vite ]] || kill -TERM "$vite" 2>/dev/null || true
  [[ -z $vite ]] || wait "$vite" || true
  vite=''
}
trap 'stop; exit 0' TERM INT

while true; do
  lock=$(lock_state)
  if [[ ! -f $installed || $(<"$installed") != "$lock" ]]; then
    # npm ci would remove node_modules itself, which is a volume here.
    find node_modules -mindepth 1 -maxdepth 1 -exec rm -rf {} +
    npm ci --no-audit --no-fund
    echo "$lock" >"$installed"
  fi
  npx --no-install vite --host 0.0.0.0 --port 3000 --strictPort --clearScreen false &
  vite=$!
  while [[ $(lock_state) == "$lock" ]] && kill -0 "$vite" 2>/dev/null; do
    sleep 2 &
    wait $!
  done
  stop
  sleep 1
done
