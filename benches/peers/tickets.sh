#!/bin/sh
# What one mail costs us and two ticket systems, on the same mails in one run: Roundup's mail gateway and Request Tracker's, each called
# inside one process, which is its best case: no start of an interpreter, no web server. They store the mail and open a ticket; neither
# reads a form. Ours is measured before and after them, so that a machine that slows down slows all. Prints one ratio a peer.
#
#   benches/peers/tickets.sh       # from a fresh clone; as root on Debian it installs Request Tracker, Roundup needs no root
set -eu
cd "$(dirname "$0")/../.."
mails=$PWD/target/peers/mails
there=$PWD/target/peers/tickets
mkdir -p "$there"

# 200 mails: 20 to warm up, 80 measured, 80 for the parts.
[ -e "$mails/00199.eml" ] || cargo bench --bench intake -- --write "$mails"
ours() {
  cargo bench --bench intake -- --dir "$mails" --mails 80 --rounds 1 2> "$there/ours.err" | tee -a "$there/ours.log" |
    sed -n 's/^median: program \([0-9.]*\) ms CPU a mail.*/\1/p' >> "$there/ours"
  [ -s "$there/ours" ] || { cat "$there/ours.err" >&2; exit 1; }
}
rm -f "$there/ours" "$there/peers"
: > "$there/peers"
ours

if [ ! -x "$there/venv/bin/roundup-admin" ]; then
  python3 -m venv "$there/venv"
  "$there/venv/bin/pip" install --quiet --disable-pip-version-check roundup==2.6.0
fi
rm -rf "$there/roundup"
"$there/venv/bin/roundup-admin" -i "$there/roundup" install classic sqlite > /dev/null
# Mail goes to a file; strangers may write, as they may to us.
sed -i -E "s|^#? ?domain = ?.*|domain = localhost|; s|^#? ?web = ?.*|web = http://localhost/r/|; s|^host = ?.*|host = localhost|; s|^debug = *$|debug = $there/roundup.mbox|" \
  "$there/roundup/config.ini"
echo "db.security.addPermissionToRole('Anonymous', 'Email Access')" >> "$there/roundup/schema.py"
"$there/venv/bin/roundup-admin" -i "$there/roundup" initialise admin > /dev/null
"$there/venv/bin/python" benches/peers/roundup_gateway.py "$there/roundup" "$mails" | tee -a "$there/peers"

if [ ! -d /usr/share/request-tracker5/lib ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends request-tracker5 rt5-db-sqlite > /dev/null
  fi
fi
store=/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb
if [ -f "$store" ] && [ "$(id -u)" = 0 ]; then
  cp "$store" "$there/rt.db"
  chmod 777 "$there" && chmod 666 "$there/rt.db"
  cat > /etc/request-tracker5/RT_SiteConfig.d/99-bench.pm <<SETTINGS
Set(\$DatabaseName, '$there/rt.db'); Set(\$MailCommand, 'mbox'); Set(\$LogToSyslog, undef); Set(\$LogToSTDERR, 'error');
Set(\$LogToFile, undef); Set(\$WebDomain, 'localhost'); Set(\$rtname, 'bench'); Set(\$Organization, 'bench'); 1;
SETTINGS
  perl benches/peers/rt.pl "$mails" | tee -a "$there/peers"
else
  echo "NOT RUN: Request Tracker needs root and Debian's packages request-tracker5 and rt5-db-sqlite"
fi

ours
awk '
  FNR == NR { sum += $1; count += 1; if (min == "" || $1 < min) min = $1; if ($1 > max) max = $1; next }
  FNR == 1 { own = sum / count; printf "Ours: %.1f ms CPU a mail (%.1f to %.1f, before and after the others)\n", own, min, max }
  match($0, /: [0-9.]+ ms CPU/) {
    ms = substr($0, RSTART + 2, RLENGTH - 9)
    printf "%s: %.1f ms, %.1f times ours\n", substr($0, 1, RSTART - 1), ms, ms / own
  }' "$there/ours" "$there/peers"
