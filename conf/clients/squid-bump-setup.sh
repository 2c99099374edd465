#!/bin/sh
# Once, as root, before Squid has squid-bump.conf: the certificate authority (bump.crt for the
# users' machines, bump.pem with the key for Squid alone) and Squid's store of certificates.
set -eu
umask 077
openssl req -x509 -newkey rsa:2048 -sha256 -days 3650 -nodes -subj "/CN=Scanning proxy" \
    -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout /etc/squid/bump.key -out /etc/squid/bump.crt
cat /etc/squid/bump.crt /etc/squid/bump.key > /etc/squid/bump.pem
rm /etc/squid/bump.key
chown proxy: /etc/squid/bump.pem
chmod 0400 /etc/squid/bump.pem
chmod 0644 /etc/squid/bump.crt
setpriv --reuid=proxy --regid=proxy --init-groups \
    /usr/lib/squid/security_file_certgen -c -s /var/spool/squid/ssl_db -M 4MB
