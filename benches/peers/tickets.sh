#!/bin/sh
# What one mail costs two ticket systems: Roundup's mail gateway and Request Tracker's, each called inside one process, which is
# its best case: no start of an interpreter, no web server. They store the mail and open a ticket; neither reads a form.
#
#   cargo bench --bench intake -- --write target/peers/mails    # the mails of our own bench
#   benches/peers/tickets.sh                                    # as root on Debian: installs Request Tracker; Roundup needs no root
#
# Ours beside it: `cargo bench --bench intake`.
set -eu
cd "$(dirname "$0")/../.."
mails=$PWD/target/peers/mails
there=$PWD/target/peers/tickets
[ -d "$mails" ] || { echo "first: cargo bench --bench intake -- --write target/peers/mails" >&2; exit 1; }
mkdir -p "$there"

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
"$there/venv/bin/python" benches/peers/roundup_gateway.py "$there/roundup" "$mails"

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
  perl benches/peers/rt.pl "$mails"
else
  echo "NOT RUN: Request Tracker needs root and Debian's packages request-tracker5 and rt5-db-sqlite"
fi
