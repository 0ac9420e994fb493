package mailserver

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// postfixMain takes mail for one domain, from who has signed in, under the
// sender's own address, and hands it to Dovecot.
const postfixMain = `
compatibility_level = 3.6
queue_directory = {DIR}/postfix/queue
data_directory = {DIR}/postfix/data
maillog_file = /dev/stdout
myhostname = localhost
mydomain = localdomain
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {DOMAIN}
virtual_transport = lmtp:unix:{DIR}/dovecot/lmtp
default_transport = error:this server delivers to {DOMAIN} alone
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {DIR}/server.pem
smtpd_tls_key_file = {DIR}/server.key
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {DIR}/dovecot/auth
smtpd_sasl_security_options = noanonymous
smtpd_sender_login_maps = regexp:{DIR}/postfix/senders
smtpd_relay_restrictions = reject_sender_login_mismatch, permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
`

// postfixSenders says that each address belongs to the login of the same name.
const postfixSenders = `/^(.+)$/ $1
`

const postfixMaster = `
127.0.0.1:{SMTP} inet n - n - - smtpd
pickup    unix n - n 60    1 pickup
cleanup   unix n - n -     0 cleanup
qmgr      unix n - n 300   1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n -     - trivial-rewrite
bounce    unix - - n -     0 bounce
defer     unix - - n -     0 bounce
trace     unix - - n -     0 bounce
verify    unix - - n -     1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n -     - proxymap
smtp      unix - - n -     - smtp
showq     unix n - n -     - showq
error     unix - - n -     - error
retry     unix - - n -     - error
discard   unix - - n -     - discard
local     unix - n n -     - local
virtual   unix - n n -     - virtual
lmtp      unix - - n -     - lmtp
anvil     unix - - n -     1 anvil
scache    unix - - n -     1 scache
postlog   unix-dgram n - n - 1 postlogd
`

func (s *Servers) startPostfix(t testing.TB, opts Options, ports []string) *process {
	t.Helper()
	values, dir := s.values(opts, ports), filepath.Join(s.dir, "postfix")
	write(t, filepath.Join(dir, "main.cf"), expand(postfixMain, values))
	write(t, filepath.Join(dir, "master.cf"), expand(postfixMaster, values))
	write(t, filepath.Join(dir, "senders"), postfixSenders)
	// Postfix makes what belongs into the queue; its data must be its user's.
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "queue"), 0o755), os.Mkdir(data, 0o700), os.Chown(data, uid, 0)); err != nil {
		t.Fatal(err)
	}
	return run(t, exec.Command("/usr/sbin/postfix", "-c", dir, "start-fg"), func(*os.Process) error {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		return runOnce(ctx, "/usr/sbin/postfix", "-c", dir, "stop")
	})
}
