# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# fixture.bash - registries for tests, each on a free port of 127.0.0.1
#
#   registry_start NAME          docker-registry, for everybody
#   registry_start NAME basic    ... with a login ($registry_login)
#   registry_start NAME token    ... that sends its clients to token_server.py
#   registry_start NAME tls      ... by https; its CA: registry_ca NAME
#   faulty_start NAME [tls]      faulty.py, a registry that misbehaves
#   registry_stop NAME
#
# The first five print HOST:PORT, once it can be reached.  What belongs to NAME
# lies in $registry_dir/NAME: storage, certificates, "log" (what the server
# said), "requests" (faulty.py), "tokens" (token_server.py: who asked for what).
#
# Servers end with the shell that started them ($$), however that ends: keep.py
# sees to it.  In bats, those of setup_file() live as long as the file's tests.

registry_dir=${registry_dir:-${BATS_FILE_TMPDIR:-/tmp/minibox.$$}/registry}
registry_tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
registry_user=alice registry_password='s3cret:with colon'
# shellcheck disable=SC2034 # for the tests
registry_login=$registry_user:$registry_password

# keep NAME COMMAND...: a server with its log; prints its address.
registry_keep() {
    local name=$1
    shift
    "$registry_tools/keep.py" $$ "$registry_dir/$name/log" "$@"
}

# registry_wait SECONDS COMMAND...: until it succeeds.  Without a process for
# the pauses: a read from a pipe that nobody writes to.
registry_wait() {
    local end=$((SECONDS + $1)) never result=1
    shift
    exec {never}<> <(:)
    while [ "$SECONDS" -le "$end" ]; do
        "$@" && result=0 && break
        read -r -t 0.05 -u "$never" _ || true
    done
    exec {never}>&-
    return "$result"
}

# A zombie has ended: it is PID 1 that must reap it, which may take its time.
registry_ended() {
    local stat
    ! stat=$(cat "/proc/$1/stat" 2>/dev/null) || [[ $stat == *') Z '* ]]
}

# registry_stop NAME: end it, and wait for that.
registry_stop() {
    local file pid
    for file in "$registry_dir/$1"{,/tokens}/log.pid; do
        [ -e "$file" ] || continue
        pid=$(cat "$file")
        kill "$pid" 2>/dev/null || true
        registry_wait 10 registry_ended "$pid"
        rm "$file"
    done
}

# ---- certificates -----------------------------------------------------------

# registry_certificates DIR: a CA (ca.crt) and one that it vouches for
# (cert.pem, key.pem), for $registry_names, or this machine's names.
registry_certificates() {
    (
        cd "$1" || exit
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=test CA" \
            -keyout ca.key -out ca.crt
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
            -keyout key.pem -out cert.csr
        echo "subjectAltName=${registry_names:-DNS:localhost,IP:127.0.0.1}" \
            >names
        openssl x509 -req -in cert.csr -CA ca.crt -CAkey ca.key \
            -CAcreateserial -days 2 -extfile names -out cert.pem
    ) 2>"$1/openssl.log"
}

registry_ca() { echo "$registry_dir/$1/ca.crt"; }

# ---- docker-registry --------------------------------------------------------

# registry_config DIR: what every kind has.
registry_config() {
    cat <<END
version: 0.1
log: {level: info}
storage:
  filesystem: {rootdirectory: $1/storage}
  delete: {enabled: true}
END
}

# A login for the whole registry.
registry_config_basic() {
    htpasswd -Bbn "$registry_user" "$registry_password" >"$1/htpasswd"
    cat <<END
http: {addr: "127.0.0.1:0", secret: x}
auth: {htpasswd: {realm: test, path: $1/htpasswd}}
END
}

# Tokens, from a token server that is started here.
registry_config_token() {
    local service
    mkdir -p "$1/tokens"
    registry_certificates "$1/tokens"
    service=$(registry_keep "${1##*/}/tokens" \
        "$registry_tools/token_server.py" \
        "$1/tokens" "$1/tokens/requests" "$registry_login")
    cat <<END
http: {addr: "127.0.0.1:0", secret: x}
auth:
  token:
    realm: http://$service/token
    service: minibox-test
    issuer: minibox-test
    rootcertbundle: $1/tokens/cert.pem
END
}

registry_config_tls() {
    registry_certificates "$1"
    cat <<END
http:
  addr: "127.0.0.1:0"
  secret: x
  tls: {certificate: $1/cert.pem, key: $1/key.pem}
END
}

registry_config_plain() { echo 'http: {addr: "127.0.0.1:0", secret: x}'; }

# registry_start NAME [plain|basic|token|tls]
registry_start() {
    local dir=$registry_dir/$1
    mkdir -p "$dir"
    {
        registry_config "$dir"
        "registry_config_${2:-plain}" "$dir"
    } >"$dir/config.yml"
    # Each REGISTRY_... of the environment would be a setting.
    registry_keep "$1" env -i docker-registry serve "$dir/config.yml"
}

# ---- faulty.py --------------------------------------------------------------

# faulty_start NAME [tls]
faulty_start() {
    local dir=$registry_dir/$1 tls=()
    mkdir -p "$dir"
    if [ "${2:-}" = tls ]; then
        registry_certificates "$dir"
        tls=(--tls "$dir/cert.pem" "$dir/key.pem")
    fi
    registry_keep "$1" "$registry_tools/faulty.py" "$dir/requests" "${tls[@]}"
}

# asked NAME TEXT: how many of the requests so far have TEXT in their line.
asked() { grep -cF -- "$2" "$registry_dir/$1/requests" || true; }

# faulty_site NAME SITE: the address of another of its sites.
faulty_site() { sed -n "s/^site $2 //p" "$registry_dir/$1/log" | tail -n 1; }
