#!/usr/bin/env bash
# webdriver.sh firefox|webkit [ARG…]: runs the main journey in that browser, against the server of with-server.sh. Arguments go to Playwright.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

engine=${1:?usage: webdriver.sh firefox|webkit [ARG…]}
shift
display=()
case $engine in
  firefox) export GECKODRIVER_PATH="${GECKODRIVER_PATH:-$target_dir/geckodriver/bin/geckodriver}" ;;
  webkit)
    # Installed next to the libraries, in a folder named after the architecture.
    MINIBROWSER_PATH=$(compgen -G '/usr/lib/*/webkit2gtk-4.*/MiniBrowser' | head -n 1) || die "WebKitGTK's MiniBrowser is not installed"
    export MINIBROWSER_PATH
    # It has no headless mode.
    display=(xvfb-run --auto-servernum --server-args '-screen 0 1280x900x24')
    ;;
  *) die "webdriver.sh knows firefox and webkit, not '$engine'" ;;
esac
cd "$repo/frontend"
"${display[@]}" "$repo/scripts/with-server.sh" npm run webdriver -- --project="$engine" "$@"
