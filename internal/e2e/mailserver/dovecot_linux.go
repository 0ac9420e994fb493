package mailserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// dovecotConfig is for Dovecot 2.3. A login is decided by the token alone, so
// there is no list of users: userdb takes every name.
const dovecotConfig = `
protocols = imap pop3 lmtp
listen = 127.0.0.1
base_dir = {DIR}/dovecot/run
state_dir = {DIR}/dovecot/state
instance_name = postkey-test
log_path = /dev/stderr
auth_verbose = yes

ssl = required
ssl_cert = <{DIR}/server.pem
ssl_key = <{DIR}/server.key

auth_mechanisms = xoauth2 oauthbearer
auth_username_format = %Lu
auth_failure_delay = 0
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {DIR}/dovecot/oauth2.conf
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home={DIR}/mail/%u allow_all_users=yes
}
first_valid_uid = 1
mail_location = maildir:~/Maildir

service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = {IMAP}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = 0
  }
  inet_listener pop3s {
    port = {POP}
    ssl = yes
  }
}
service lmtp {
  unix_listener {DIR}/dovecot/lmtp {
    mode = 0666
  }
}
# Otherwise each refused token makes the next answer slower, up to 15 seconds.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener {DIR}/dovecot/auth {
    mode = 0666
  }
}
`

const dovecotOAuth2 = `
introspection_url = {INTROSPECTION}
introspection_mode = post
active_attribute = active
active_value = true
username_attribute = upn
`

func (s *Servers) startDovecot(t testing.TB, opts Options, ports []string) *process {
	t.Helper()
	values, dir := s.values(opts, ports), filepath.Join(s.dir, "dovecot")
	config := filepath.Join(dir, "dovecot.conf")
	write(t, config, expand(dovecotConfig, values))
	write(t, filepath.Join(dir, "oauth2.conf"), expand(dovecotOAuth2, values))
	mail := filepath.Join(s.dir, "mail")
	if err := os.Mkdir(mail, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(mail, 0o777); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return run(t, exec.Command("/usr/sbin/dovecot", "-F", "-c", config), func(p *os.Process) error {
		return p.Signal(syscall.SIGTERM)
	})
}
