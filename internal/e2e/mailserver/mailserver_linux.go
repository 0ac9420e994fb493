package mailserver

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Options say what the servers serve.
type Options struct {
	// IntrospectionURL is asked whether a token is good, and whose it is; its
	// answer's upn must be the name of the login.
	IntrospectionURL string
	// Domain is the one domain that mail is taken for. Each address in it is a
	// mailbox, which comes into being with the first message or login.
	Domain string
}

// Servers are running mail servers.
type Servers struct {
	// IMAP, POP and SMTP are host:port. IMAP and POP speak TLS from the first
	// byte, SMTP offers STARTTLS and takes no sign-in before it.
	IMAP, POP, SMTP string
	// RootsPEM is the certificate that signed those of the servers.
	RootsPEM []byte

	dir            string
	dovecot, queue *process
}

// programs are what is started, with the Debian packages that they come from.
var programs = []struct{ path, pkg string }{
	{"/usr/sbin/dovecot", "dovecot-core"},
	{"/usr/lib/dovecot/imap", "dovecot-imapd"},
	{"/usr/lib/dovecot/pop3", "dovecot-pop3d"},
	{"/usr/lib/dovecot/lmtp", "dovecot-lmtpd"},
	{"/usr/sbin/postfix", "postfix"},
}

// Start starts the servers and ends them with the test. It fails the test when
// a program is missing, and names its Debian package.
func Start(t testing.TB, opts Options) *Servers {
	t.Helper()
	for _, p := range programs {
		if _, err := os.Stat(p.path); err != nil {
			t.Fatalf("%s is missing: install Debian's package %s", p.path, p.pkg)
		}
	}
	if os.Getuid() != 0 {
		t.Fatal("the mail servers change to users of their own, so these tests must run as root")
	}
	s := &Servers{dir: tempDir(t)}
	ports := freePorts(t, 3)
	s.IMAP, s.POP, s.SMTP = "localhost:"+ports[0], "localhost:"+ports[1], "localhost:"+ports[2]
	s.RootsPEM = writeCertificates(t, s.dir)
	s.dovecot = s.startDovecot(t, opts, ports)
	s.queue = s.startPostfix(t, opts, ports)
	s.dovecot.await(t, ports[0], ports[1])
	s.queue.await(t, ports[2])
	return s
}

// Roots is RootsPEM as a pool.
func (s *Servers) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.RootsPEM)
	return pool
}

// Log is what both servers have logged so far.
func (s *Servers) Log() string { return s.dovecot.log.String() + s.queue.log.String() }

// Messages returns the messages of a mailbox as they lie on the disk.
func (s *Servers) Messages(address string) ([]string, error) {
	var messages []string
	for _, folder := range []string{"new", "cur"} {
		dir := filepath.Join(s.dir, "mail", address, "Maildir", folder)
		files, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				return nil, err
			}
			messages = append(messages, string(text))
		}
	}
	return messages, nil
}

// tempDir makes a folder that the servers' users can reach, with a name that is
// short enough for the sockets in it.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mail-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// freePorts finds ports of 127.0.0.1 that are free now. They are all held until
// the last is found, so that they differ.
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var ports []string
	for range n {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

// write writes a file of the configuration; it ends the test on failure.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// process is a server that runs in the foreground.
type process struct {
	name  string
	log   *logBuffer
	ended chan struct{} // closed when it has ended
}

// logBuffer is a buffer for several goroutines.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// run starts a server; stop ends it in order.
func run(t testing.TB, cmd *exec.Cmd, stop func(*os.Process) error) *process {
	t.Helper()
	p := &process{name: filepath.Base(cmd.Path), log: &logBuffer{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // ends with a test that is killed
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	go func() {
		_ = cmd.Wait() // how it ended is in the log
		close(p.ended)
	}()
	t.Cleanup(func() {
		if err := stop(cmd.Process); err != nil {
			t.Errorf("%s does not stop: %v", p.name, err)
		}
		select {
		case <-p.ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-p.ended
			t.Errorf("%s had to be killed", p.name)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", p.name, p.log)
		}
	})
	return p
}

// await waits until the server listens on all the ports.
func (p *process) await(t testing.TB, ports ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, port := range ports {
		for {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp4", "127.0.0.1:"+port)
			if err == nil {
				_ = conn.Close()
				break
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-p.ended:
				t.Fatalf("%s ended at its start:\n%s", p.name, p.log)
			case <-ctx.Done():
				t.Fatalf("%s does not listen: %v\n%s", p.name, err, p.log)
			}
		}
	}
}

// expand fills {NAME} in a configuration.
func expand(text string, values map[string]string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (s *Servers) values(opts Options, ports []string) map[string]string {
	return map[string]string{
		"DIR": s.dir, "DOMAIN": opts.Domain, "IMAP": ports[0], "POP": ports[1], "SMTP": ports[2],
		// The address instead of the name spares Dovecot a DNS process of its own.
		"INTROSPECTION": strings.Replace(opts.IntrospectionURL, "//localhost:", "//127.0.0.1:", 1),
	}
}

// runOnce runs a program to its end.
func runOnce(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
